// Calls one method of the official Plivo SDK and prints what comes of it.
//
// Standard input: {"api", "auth_id", "auth_token", "resource", "method", "args"}.
// Standard output: {"result"} or {"error", "message"}, where error is the name of the class.

'use strict';

const fs = require('fs');
const axios = require('axios');

const order = JSON.parse(fs.readFileSync(0, 'utf8'));

// The SDK's hosts for voice requests are constants: send on what is meant for them.
const send = axios.getAdapter('http');
axios.defaults.adapter = (config) =>
  send({ ...config, url: config.url.replace('https://api.plivo.com', order.api) });

// It announces deprecations and retries on standard output, which is ours.
console.log = console.error;

const plivo = require('plivo');
const client = new plivo.Client(order.auth_id, order.auth_token);

async function run() {
  try {
    return { result: await client[order.resource][order.method](...order.args) };
  } catch (error) {
    const details = error?.message?.response?.data ?? error?.response?.data ?? error?.message;
    return { error: error?.constructor?.name ?? 'string', message: details ?? String(error) };
  }
}

run().then((outcome) => process.stdout.write(JSON.stringify(outcome)));
