import { openKafkaLog } from '/work/wt-kafka/log/kafka/log.ts'
import { readFileSync } from 'node:fs'
const { sign, brokers } = JSON.parse(readFileSync('/tmp/kk.json','utf8'))
const topics=[{name:'connect.a',cleanup:'delete'} as const]
const cases: [string, any][] = [
 ['none',{brokers:[sign]}],
 ['wrong',{brokers:[sign],sasl:{mechanism:'plain',username:'callboard',password:'x'}}],
 ['scram',{brokers:[sign],sasl:{mechanism:'scram-sha-256',username:'callboard',password:'x'}}],
 ['tls',{brokers:[sign],tls:true,sasl:{mechanism:'plain',username:'callboard',password:'right-password'}}],
 ['dns',{brokers:['nope.invalid:9092']}],
 ['right',{brokers:[sign],sasl:{mechanism:'plain',username:'callboard',password:'right-password'}}],
]
for (const [n,connection] of cases) { const t=performance.now()
 try { const l=await openKafkaLog({connection,prefix:'s'+Date.now()+'.',dir:'/tmp/sasl-dir',topics,partitionCount:2, telemetry: {count(){},gauge(){},observe(){},log(l,e,f){ if(process.env.V) console.log(e,f)}}}); console.log(n,'opened',Math.round(performance.now()-t)); await l.close() } catch(e:any){ console.log(n, Math.round(performance.now()-t), e.code, e.message, e.cause?.name, e.cause?.type) }
}
process.exit(0)
