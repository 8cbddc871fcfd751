// Plivo's Node SDK, talking to Maskline only: create a session, show it, end it.

'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const crypto = require('node:crypto');
const plivo = require('plivo');

const { API, AUTH_ID, AUTH_TOKEN } = process.env;
// What the session is for, such as an order. The same key and body again give the same session,
// which makes it safe to repeat a create.
const order = `order-${crypto.randomUUID()}`;

// The copy of axios that the SDK uses.
const axios = require(require.resolve('axios', { paths: [require.resolve('plivo')] }));
const idempotencyKey = new AsyncLocalStorage();

// Send to Maskline what the SDK means for Plivo. Your own requests by axios stay as they are.
const send = axios.getAdapter('http');
axios.defaults.adapter = (config) => {
  const url = config.url.replace(/^https?:\/\/([\w-]+\.)*plivo\.com(?=[/:?]|$)/i, API);
  const key = idempotencyKey.getStore();
  if (key && url !== config.url) config.headers.set('Idempotency-Key', key);
  return send({ ...config, url });
};

const client = new plivo.Client(AUTH_ID, AUTH_TOKEN);
const sessions = client.maskingSession;

async function main() {
  // Names in camel case, also of parameters that Plivo's product does not have.
  const parameters = {
    sessionExpiry: 1800,
    sticky: true,
    virtualNumberStrategy: 'per_party',
    onExhaustion: ['any_country'],
  };
  const created = await idempotencyKey.run(order, () =>
    sessions.createMaskingSession('+12025550101', '+12025550102', parameters),
  );
  const uuid = created.sessionUuid;
  const shown = (await sessions.getMaskingSession(uuid)).response;
  console.log(shown.status, shown.virtualNumber, uuid);
  console.log(shown.sticky, shown.virtualNumberStrategy, shown.onExhaustion);
  console.log((await sessions.deleteMaskingSession(uuid)).message);
}

main().catch((error) => {
  console.error(error?.message?.response?.data ?? error);
  process.exitCode = 1;
});
