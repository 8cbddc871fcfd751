<?php

// Plivo's PHP SDK, talking to Maskline only: create a session, show it, end it.

require 'vendor/autoload.php';

use GuzzleHttp\Client;
use GuzzleHttp\HandlerStack;
use GuzzleHttp\Middleware;
use GuzzleHttp\Psr7\Uri;
use Plivo\Authentication\BasicAuth;
use Plivo\HttpClients\PlivoGuzzleHttpClient;
use Plivo\RestClient;
use Psr\Http\Message\RequestInterface;

[$api, $authId, $authToken] = [getenv('API'), getenv('AUTH_ID'), getenv('AUTH_TOKEN')];
$idempotencyKey = null;

// Send every request to Maskline, whichever host the SDK means.
$handlers = HandlerStack::create();
$handlers->unshift(Middleware::mapRequest(
    function (RequestInterface $request) use ($api, &$idempotencyKey): RequestInterface {
        $path = (new Uri('/' . ltrim($request->getUri()->getPath(), '/')))
            ->withQuery($request->getUri()->getQuery());
        $sent = $request->withUri(new Uri($api . $path));
        return $idempotencyKey === null
            ? $sent
            : $sent->withHeader('Idempotency-Key', $idempotencyKey);
    }
));

$client = new RestClient($authId, $authToken);
$client->client->setHttpClientHandler(new PlivoGuzzleHttpClient(
    new Client(['handler' => $handlers]),
    new BasicAuth($authId, $authToken)
));

// Names as the API has them, also of parameters that Plivo's product does not have.
$idempotencyKey = uniqid('order-');
$created = $client->maskingSessions->createMaskingSession('+12025550101', '+12025550102', [
    'session_expiry' => 1800,
    'sticky' => true,
    'virtual_number_strategy' => 'per_party',
    'on_exhaustion' => ['any_country'],
]);
$idempotencyKey = null;

$uuid = $created->session['session_uuid'];
echo $created->session['status'], ' ', $created->session['virtual_number'], " $uuid\n";
echo $created->session['virtual_number_strategy'], "\n";
$ended = $client->maskingSessions->deleteMaskingSession($uuid);
echo $ended->getContent()['message'], "\n";
