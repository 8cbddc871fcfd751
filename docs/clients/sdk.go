// Plivo's Go SDK, talking to Maskline only: create a session, show it, end it.
package main

import (
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/plivo/plivo-go/v7"
)

// toMaskline sends every request to Maskline, whichever host the SDK means.
type toMaskline struct{ api *url.URL }

func (to toMaskline) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := request.Clone(request.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = to.api.Scheme, to.api.Host, to.api.Host
	return http.DefaultTransport.RoundTrip(sent)
}

func main() {
	api, err := url.Parse(os.Getenv("API"))
	check(err)
	client, err := plivo.NewClient(os.Getenv("AUTH_ID"), os.Getenv("AUTH_TOKEN"), &plivo.ClientOptions{
		HttpClient: &http.Client{Transport: toMaskline{api}, Timeout: 10 * time.Second},
	})
	check(err)

	// The SDK's own methods, with its own parameters.
	created, err := client.MaskingSession.CreateMaskingSession(plivo.CreateMaskingSessionParams{
		FirstParty: "+12025550101", SecondParty: "+12025550102", SessionExpiry: 1800,
	})
	check(err)
	shown, err := client.MaskingSession.GetMaskingSession(created.SessionUUID)
	check(err)
	fmt.Println(shown.Response.Status, shown.Response.VirtualNumber, created.SessionUUID)
	ended, err := client.MaskingSession.DeleteMaskingSession(created.SessionUUID)
	check(err)
	fmt.Println(ended.Message)

	// Parameters that Plivo's product does not have, and a key that makes it safe to repeat.
	request, err := client.NewRequest("POST", map[string]interface{}{
		"first_party":             "+12025550101",
		"second_party":            "+12025550102",
		"sticky":                  true,
		"virtual_number_strategy": "per_party",
		"on_exhaustion":           []string{"any_country"},
	}, "Masking/Session")
	check(err)
	request.Header.Set("Idempotency-Key", "order-"+time.Now().Format(time.RFC3339Nano))
	var answer struct {
		SessionUUID string                 `json:"session_uuid"`
		Session     map[string]interface{} `json:"session"`
	}
	check(client.ExecuteRequest(request, &answer))
	fmt.Println(answer.Session["sticky"], answer.Session["virtual_number_strategy"])
	_, err = client.MaskingSession.DeleteMaskingSession(answer.SessionUUID)
	check(err)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
