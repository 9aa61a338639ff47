// Loaded before kinesis-local, which listens on all interfaces at fixed ports: on loopback instead, at free ports that the parent is told.
const { Server } = require('node:net')

const { listen } = Server.prototype
Server.prototype.listen = function (asked, ...rest) {
  this.once('listening', () => process.send({ asked: Number(asked), port: this.address().port }))
  return listen.call(this, 0, '127.0.0.1', ...rest)
}
process.on('disconnect', () => process.exit(0))
