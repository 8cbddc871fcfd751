# Plivo's Ruby SDK, talking to Maskline only: create a session, show it, end it.

require 'plivo'
require 'securerandom'

# Sends every request to Maskline, whichever host the SDK means.
module ToMaskline
  # Adds the key of the block that a request is made in.
  class IdempotencyKey < Faraday::Middleware
    def on_request(env)
      key = Thread.current[:idempotency_key]
      env.request_headers['Idempotency-Key'] = key if key
    end
  end

  def with_key(key)
    Thread.current[:idempotency_key] = key
    yield
  ensure
    Thread.current[:idempotency_key] = nil
  end

  private

  # The SDK makes a connection for each of its hosts here.
  def configure_connection
    @base_uri = ENV.fetch('API')
    super
    made = instance_variables.map { |name| instance_variable_get(name) }
    made.grep(Faraday::Connection).each do |connection|
      connection.url_prefix = ENV.fetch('API')
      connection.builder.insert(0, IdempotencyKey)
    end
  end
end
Plivo::RestClient.prepend(ToMaskline)

client = Plivo::RestClient.new(ENV.fetch('AUTH_ID'), ENV.fetch('AUTH_TOKEN'))

# The SDK's own methods, with its own parameters.
created = client.maskingsession.create(
  first_party: '+12025550101', second_party: '+12025550102', session_expiry: 1800
)
uuid = created.session_uuid
puts "#{created.session['status']} #{created.session['virtual_number']} #{uuid}"
client.maskingsession.delete(uuid)

# Parameters that Plivo's product does not have, and a key that makes it safe to repeat.
created = client.with_key("order-#{SecureRandom.uuid}") do
  client.send_request(
    "/v1/Account/#{client.auth_id}/Masking/Session/", 'POST',
    {
      first_party: '+12025550101', second_party: '+12025550102',
      sticky: true, virtual_number_strategy: 'per_party', on_exhaustion: ['any_country']
    },
    nil, false, { is_voice_request: true }
  )
end
puts created['session']['virtual_number_strategy']
client.maskingsession.delete(created['session_uuid'])
