// Plivo's Java SDK, talking to Maskline only: create a session, show it, end it.

import com.plivo.api.PlivoClient;
import com.plivo.api.models.maskingsession.MaskingSession;
import com.plivo.api.models.maskingsession.MaskingSessionCreateResponse;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

public class Sdk {
  static final ThreadLocal<String> IDEMPOTENCY_KEY = new ThreadLocal<>();

  /** Sends every request to Maskline, whichever host the SDK means. */
  static class ToMaskline implements Interceptor {
    private final HttpUrl api = HttpUrl.get(System.getenv("API"));

    @Override
    public Response intercept(Chain chain) throws IOException {
      HttpUrl url = chain.request().url().newBuilder()
          .scheme(api.scheme()).host(api.host()).port(api.port()).build();
      Request.Builder sent = chain.request().newBuilder().url(url);
      if (IDEMPOTENCY_KEY.get() != null) {
        sent.header("Idempotency-Key", IDEMPOTENCY_KEY.get());
      }
      return chain.proceed(sent.build());
    }
  }

  public static void main(String[] arguments) throws Exception {
    OkHttpClient.Builder http = new OkHttpClient.Builder()
        .connectTimeout(5, TimeUnit.SECONDS)
        .addInterceptor(new ToMaskline());
    PlivoClient client = new PlivoClient(System.getenv("AUTH_ID"), System.getenv("AUTH_TOKEN"), http);

    // The same key and body again give the same session: safe to repeat after a timeout.
    IDEMPOTENCY_KEY.set("order-" + UUID.randomUUID());
    MaskingSessionCreateResponse created =
        MaskingSession.creator("+12025550101", "+12025550102").sessionExpiry(1800).client(client).create();
    IDEMPOTENCY_KEY.remove();
    System.out.println(created.getVirtualNumber() + " " + created.getSessionUuid());
    MaskingSession.deleter(created.getSessionUuid()).client(client).delete();
  }
}
