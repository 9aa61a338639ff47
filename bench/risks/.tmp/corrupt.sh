cd /work/main
R="node --conditions=source --import tsx bench/risks/.tmp/corrupt.ts"
rm -rf /tmp/cbc; mkdir /tmp/cbc; $R fill /tmp/cbc/orig
ls -la /tmp/cbc/orig/state /tmp/cbc/orig/slices/*
try() { $R read /tmp/cbc/t > /tmp/cbc/out 2>&1; rc=$?; echo "$1 rc=$rc $(grep -m1 -E 'read |Error|error' /tmp/cbc/out | cut -c1-150)"; }
cp -r /tmp/cbc/orig /tmp/cbc/t; try intact; rm -rf /tmp/cbc/t
for f in state/data.mdb "slices/*/data.mdb"; do
 for frac in 0 1000 8192 30000 50 90; do
  cp -r /tmp/cbc/orig /tmp/cbc/t; F=$(ls /tmp/cbc/t/$f); S=$(stat -c %s $F)
  if [ $frac -le 100 -a $frac -gt 0 ]; then N=$((S*frac/100)); else N=$frac; fi
  truncate -s $N $F; try "truncate $f to $N of $S"; rm -rf /tmp/cbc/t
 done
 for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
  cp -r /tmp/cbc/orig /tmp/cbc/t; F=$(ls /tmp/cbc/t/$f); S=$(stat -c %s $F); P=$((S/4096)); PG=$((2 + (RANDOM*32768+RANDOM) % (P-2)))
  dd if=/dev/urandom of=$F bs=4096 seek=$PG count=1 conv=notrunc 2>/dev/null; try "random page $PG of $P in $f"; rm -rf /tmp/cbc/t
 done
done
