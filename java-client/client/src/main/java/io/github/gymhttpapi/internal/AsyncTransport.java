package io.github.gymhttpapi.internal;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sends requests through {@link HttpClient}: many calls in flight without a thread for each. */
public final class AsyncTransport {
  private final Endpoint endpoint;
  private final HttpClient client;

  public AsyncTransport(Endpoint endpoint) {
    this.endpoint = endpoint;
    // HTTP/1.1, because the upgrade to HTTP/2 in clear text costs the first request a round trip.
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(endpoint.timeout);
    if (endpoint.sslContext != null) {
      builder.sslContext(endpoint.sslContext);
    }
    this.client = builder.build();
  }

  /** As {@link Transport#exchange}; the future fails with the same exceptions. */
  public CompletableFuture<Reply> exchange(Request request) {
    CompletableFuture<Reply> whole = new CompletableFuture<>();
    AtomicReference<@Nullable Reply> trouble = new AtomicReference<>(); // a gateway's last word
    attempt(httpRequest(request), 0, whole, trouble);
    return whole
        .orTimeout(endpoint.timeout.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionally(
            error -> {
              Throwable cause = cause(error);
              boolean late =
                  cause instanceof TimeoutException || cause instanceof HttpTimeoutException;
              Reply lastWord = trouble.get();
              if (late && lastWord != null) {
                return lastWord;
              }
              if (late) {
                throw endpoint.timeout(request, cause);
              }
              throw cause instanceof IOException
                  ? endpoint.failure(request, cause)
                  : new CompletionException(cause);
            });
  }

  private HttpRequest httpRequest(Request request) {
    HttpRequest.Builder builder =
        endpoint
            .httpRequest(request)
            .header("Accept", request.accept)
            .header("User-Agent", "gym-http-client-java")
            .method(
                request.method,
                request.contentType == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(request.body));
    if (endpoint.token != null) {
      builder.header("Authorization", "Bearer " + endpoint.token);
    }
    if (request.key != null) {
      builder.header("Idempotency-Key", request.key);
    }
    if (request.contentType != null) {
      builder.header("Content-Type", request.contentType);
    }
    return builder.build();
  }

  private void attempt(
      HttpRequest http,
      int attempt,
      CompletableFuture<Reply> whole,
      AtomicReference<@Nullable Reply> trouble) {
    CompletableFuture<HttpResponse<byte[]>> running =
        client.sendAsync(http, HttpResponse.BodyHandlers.ofByteArray());
    running.whenComplete(
        (response, error) -> {
          Reply reply = response == null ? null : reply(response);
          boolean again =
              reply == null ? Endpoint.isLoss(cause(error)) : Endpoint.isGatewayTrouble(reply);
          if (again && reply != null) {
            trouble.set(reply);
          }
          if (again && attempt < endpoint.retries && !whole.isDone()) {
            CompletableFuture.delayedExecutor(Endpoint.pause(attempt), TimeUnit.MILLISECONDS)
                .execute(() -> attempt(http, attempt + 1, whole, trouble));
          } else if (reply != null) {
            whole.complete(reply);
          } else {
            whole.completeExceptionally(cause(error));
          }
        });
    // Once the caller has its answer, or has waited long enough, an exchange still running is of no
    // use.
    whole.whenComplete((reply, error) -> running.cancel(true));
  }

  private static Reply reply(HttpResponse<byte[]> response) {
    String type = response.headers().firstValue("Content-Type").orElse("");
    return new Reply(response.statusCode(), type, response.body());
  }

  private static Throwable cause(Throwable error) {
    return error instanceof CompletionException && error.getCause() != null
        ? error.getCause()
        : error;
  }
}
