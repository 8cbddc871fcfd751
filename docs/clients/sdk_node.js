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
const asked = new AsyncLocalStorage();

// Send to Maskline what the SDK means for Plivo. Your own requests by axios stay as they are.
const send = axios.getAdapter('http');
axios.defaults.adapter = (config) => {
  const url = config.url.replace(/^https?:\/\/([\w-]+\.)*plivo\.com(?=[/:?]|$)/i, API);
  const request = asked.getStore();
  if (!request || url === config.url) return send({ ...config, url });
  if (request.key) config.headers.set('Idempotency-Key', request.key);
  return send({ ...config, url }).catch((error) => {
    request.answer = error.response;
    throw error;
  });
};

// Makes a request by the SDK. If it is refused, the error has error_code and field, which the SDK's
// own errors lack: compare error_code.
async function masking(ask, key) {
  const request = { key };
  try {
    return await asked.run(request, ask);
  } catch (error) {
    const { error_code, error: sentence, field } = request.answer?.data ?? {};
    if (!error_code) throw error;
    throw Object.assign(new Error(`${error_code}: ${sentence}`), { error_code, field });
  }
}

const client = new plivo.Client(AUTH_ID, AUTH_TOKEN);
const sessions = client.maskingSession;

// Ends a session. One that is over already, by its time or by an earlier end, counts as done.
async function end(uuid) {
  try {
    await masking(() => sessions.deleteMaskingSession(uuid));
    console.log('ended');
  } catch (error) {
    if (error.error_code !== 'session_expired') throw error;
    console.log('over already');
  }
}

async function main() {
  // Names in camel case, also of parameters that Plivo's product does not have.
  const parameters = {
    sessionExpiry: 1800,
    sticky: true,
    virtualNumberStrategy: 'per_party',
    onExhaustion: ['any_country'],
  };
  const created = await masking(
    () => sessions.createMaskingSession('+12025550101', '+12025550102', parameters),
    order,
  );
  const uuid = created.sessionUuid;
  const shown = (await masking(() => sessions.getMaskingSession(uuid))).response;
  console.log(shown.status, shown.virtualNumber, uuid);
  console.log(shown.sticky, shown.virtualNumberStrategy, shown.onExhaustion);
  await end(uuid);
  await end(uuid);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
