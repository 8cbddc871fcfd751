// Receive callbacks with Express 5: `node express_receiver.js`.
//
// plivo 4.79.0 checks the first signature, standardwebhooks 1.1.1 the second. Before 1.1.0,
// standardwebhooks always parses the body as JSON, and fails on a form.

'use strict';

const express = require('express');
const plivo = require('plivo');
const { Webhook } = require('standardwebhooks');

// AUTH_TOKEN is that of the account or subaccount that owns the sessions. CALLBACK_URL is the
// sessions' `callback_url` up to its query, as Maskline has it. Do not ask Express for the URL:
// behind a proxy that ends TLS it says http, and often another host.
const { AUTH_TOKEN, CALLBACK_URL, PORT = '5001' } = process.env;

// Returns the event's attributes. Throws at anything that is not from Maskline, or was altered, or
// is more than five minutes old.
function verified(request, body) {
  const { method, headers } = request;
  const query = request.originalUrl.split('?').slice(1).join('?');
  const text = method === 'POST' ? body.toString() : query;
  const fields = Object.fromEntries(new URLSearchParams(text));
  const isOurs = plivo.validateV3Signature(
    method,
    query ? `${CALLBACK_URL}?${query}` : CALLBACK_URL,
    headers['x-plivo-signature-v3-nonce'],
    AUTH_TOKEN,
    headers['x-plivo-signature-v3'],
    method === 'POST' ? fields : {},
  );
  if (!isOurs) throw new Error('forged');
  // A GET has no body: of it this signature covers id and time alone, V3 all the rest.
  new Webhook(AUTH_TOKEN, { format: 'raw' }).verify(body, headers, { jsonParse: false });
  return fields;
}

// In memory, to stay short: a restart forgets both. Make them a table of your database, with
// webhook-id as its primary key, and insert there before you answer.
const seen = new Set();
const highest = new Map();

function onEvent(fields) {
  const { SessionUUID: session, EventName: name } = fields;
  const sequence = Number(fields.SequenceNumber);
  // Do not wait for a number that is missing: it may never come.
  const isLate = sequence < (highest.get(session) ?? 0);
  if (!isLate) highest.set(session, sequence);
  // Do what the event means to you. Keep phone numbers out of what you print.
  console.log(session, sequence, isLate ? `${name} (late)` : name);
}

const app = express();
// The raw body: express.urlencoded would leave nothing to check.
app.all('/masking-events', express.raw({ type: () => true }), (request, response) => {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  let fields;
  try {
    fields = verified(request, body);
  } catch {
    response.sendStatus(401);
    return;
  }
  const id = request.headers['webhook-id'];
  const isNew = !seen.has(id);
  seen.add(id);
  response.sendStatus(204);
  if (isNew) setImmediate(onEvent, fields);
});
app.listen(Number(PORT), '127.0.0.1');
