cd /work/main
for t in connect.contacts callboard.dead-letters; do rm -rf /tmp/cbf; mkdir /tmp/cbf; bash -c "ulimit -f 8000; node --conditions=source --import tsx bench/risks/.tmp/full.ts $t /tmp/cbf" 2>&1 | sort | uniq -c | tail -14; done
mkdir -p /tmp/cbt && mount -t tmpfs -o size=16m tmpfs /tmp/cbt && { for t in connect.contacts callboard.dead-letters; do rm -rf /tmp/cbt/*; head -c 4000000 /dev/zero > /tmp/cbt/filler; node --conditions=source --import tsx bench/risks/.tmp/full.ts $t /tmp/cbt/log /tmp/cbt/filler 2>&1 | sort | uniq -c | tail -14; done; umount /tmp/cbt; }
