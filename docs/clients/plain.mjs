// fetch: create a session, show it, end it. Node 20 or later; in a browser your token would leak.

import crypto from 'node:crypto';

const { API, AUTH_ID, AUTH_TOKEN } = process.env;
// What the session is for, such as an order. The same key and body again give the same session,
// which makes it safe to repeat a create.
const order = `order-${crypto.randomUUID()}`;
const sessions = `${API}/v1/Account/${AUTH_ID}/Masking/Session/`;

async function masking(method, url, body, headers = {}) {
  const answer = await fetch(url, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${AUTH_ID}:${AUTH_TOKEN}`).toString('base64')}`,
      'Content-Type': 'application/json',
      ...headers,
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const content = await answer.json();
  if (answer.ok) return content;
  const { error_code, error, field } = content;
  throw Object.assign(new Error(`${error_code}: ${error}`), { error_code, field });
}

// Ends a session. One that is over already, by its time or by an earlier end, counts as done.
async function end(uuid) {
  try {
    await masking('DELETE', `${sessions}${uuid}/`);
    console.log('ended');
  } catch (error) {
    if (error.error_code !== 'session_expired') throw error;
    console.log('over already');
  }
}

const created = await masking(
  'POST',
  sessions,
  {
    first_party: '+12025550101',
    second_party: '+12025550102',
    session_expiry: 1800,
    sticky: true,
    virtual_number_strategy: 'per_party',
    on_exhaustion: ['any_country'],
  },
  { 'Idempotency-Key': order },
);
const uuid = created.session_uuid;

const shown = (await masking('GET', `${sessions}${uuid}/`)).response;
console.log(shown.status, shown.virtual_number, uuid);
await end(uuid);
await end(uuid);
