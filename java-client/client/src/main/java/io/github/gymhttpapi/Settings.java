package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Endpoint;
import io.github.gymhttpapi.internal.Request;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** What a client and its asynchronous twin share. */
final class Settings {
  final Endpoint endpoint;
  final Encoding encoding;

  /**
   * Random for each client, so that the keys of two clients never meet; a counter tells the calls
   * of one apart.
   */
  private final String keyPrefix = UUID.randomUUID() + "-";

  private final AtomicLong calls = new AtomicLong();

  Settings(
      String url,
      Encoding encoding,
      Duration timeout,
      int retries,
      @Nullable String token,
      @Nullable SSLContext sslContext) {
    String given = token == null || token.isEmpty() ? null : token;
    this.endpoint = new Endpoint(url, timeout, retries, given, sslContext);
    this.encoding = encoding;
  }

  Request request(Call<?> call) {
    return call.request(encoding, call.isKeyed() ? keyPrefix + calls.incrementAndGet() : null);
  }
}
