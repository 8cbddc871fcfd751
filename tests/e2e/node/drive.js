// Calls methods of the official Plivo SDK, one after the other, and prints what comes of each.
//
// A line of standard input: {"api", "auth_id", "auth_token", "resource", "method", "args"}.
// Its line of standard output: {"result"} or {"error", "message"}, where error names the class.

'use strict';

const readline = require('readline');
const axios = require('axios');

let order;

// The SDK's hosts for voice requests are constants: send on what is meant for them.
const send = axios.getAdapter('http');
axios.defaults.adapter = (config) =>
  send({ ...config, url: config.url.replace('https://api.plivo.com', order.api) });

// It announces deprecations and retries on standard output, which is ours.
console.log = console.error;

const plivo = require('plivo');

async function run() {
  const client = new plivo.Client(order.auth_id, order.auth_token);
  try {
    return { result: await client[order.resource][order.method](...order.args) };
  } catch (error) {
    const details = error?.message?.response?.data ?? error?.response?.data ?? error?.message;
    return { error: error?.constructor?.name ?? 'string', message: details ?? String(error) };
  }
}

async function follow() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    order = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await run())}\n`);
  }
}

follow();
