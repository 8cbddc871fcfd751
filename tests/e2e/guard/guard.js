// Ends the process at its first word to any other host than that of ONLY_HOST.
//
// For `node --require`. HTTP, TLS and fetch all connect by a net.Socket.

'use strict';

const dns = require('node:dns');
const fs = require('node:fs');
const net = require('node:net');

const STOPPED = 97;
const [HOST, PORT] = process.env.ONLY_HOST.split(':');

function check(host, port) {
  if (host === HOST && String(port) === PORT) return;
  fs.writeSync(2, `stopped on the way to ${host}:${port}\n`);
  process.exit(STOPPED);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function guarded(...given) {
  const [first, second] = Array.isArray(given[0]) ? given[0] : given;
  if (typeof first !== 'object') check(typeof second === 'string' ? second : 'localhost', first);
  else if (!first.path) check(first.host ?? 'localhost', first.port);
  return connect.apply(this, given);
};

for (const resolver of [dns, dns.promises]) {
  const { lookup } = resolver;
  resolver.lookup = function guarded(name, ...rest) {
    check(name, PORT);
    return lookup.call(this, name, ...rest);
  };
}
