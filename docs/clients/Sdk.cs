// Plivo's .NET SDK, talking to Maskline only: create a session, show it, end it.

using System;
using System.Collections.Generic;
using Plivo;
using Plivo.Authentication;
using Plivo.Client;
using Plivo.Resource.MaskingSession;

public static class Program
{
    public static void Main()
    {
        string api = Environment.GetEnvironmentVariable("API");
        string authId = Environment.GetEnvironmentVariable("AUTH_ID");
        string authToken = Environment.GetEnvironmentVariable("AUTH_TOKEN");

        // Before the first use of a resource, which keeps the client that it finds.
        var client = new PlivoApi(authId, authToken);
        client.Client = new HttpClient(new BasicAuth(authId, authToken), baseUri: api + "/v1");

        // The SDK's own methods, with its own parameters.
        var created = client.MaskingSession.Create("+12025550101", "+12025550102", sessionExpiry: 1800);
        Console.WriteLine(created.SessionUuid);
        client.MaskingSession.Delete(created.SessionUuid);

        // Parameters that Plivo's product does not have.
        var answer = client.Client.Update<MaskingSessionCreateResponse>(
            $"Account/{authId}/Masking/Session/",
            new Dictionary<string, object>
            {
                {"first_party", "+12025550101"},
                {"second_party", "+12025550102"},
                {"sticky", true},
                {"virtual_number_strategy", "per_party"},
                {"on_exhaustion", new[] {"any_country"}},
            }).GetAwaiter().GetResult();
        Console.WriteLine(answer.Content);
        client.MaskingSession.Delete(answer.Object.SessionUuid);
    }
}
