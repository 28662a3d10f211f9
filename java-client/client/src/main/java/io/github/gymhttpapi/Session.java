package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Endpoint;
import io.github.gymhttpapi.internal.Json;
import io.github.gymhttpapi.internal.Msgpack;
import io.github.gymhttpapi.internal.Reply;
import io.github.gymhttpapi.internal.Request;
import io.github.gymhttpapi.internal.Transport;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What all that speaks for one client shares: encodes an operation, sends it, reads the reply. */
final class Session implements AutoCloseable {
  private final Endpoint endpoint;
  private final @Nullable Encoding named;
  private final Transport transport;

  /** For calls that are not waited for, a thread each; those idle end soon. */
  private final ThreadPoolExecutor threads =
      new ThreadPoolExecutor(
          0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), Session::thread);

  /**
   * Random for each session, so that the keys of two never meet; a counter tells the calls of one
   * apart.
   */
  private final String keyPrefix = UUID.randomUUID() + "-";

  private final AtomicLong calls = new AtomicLong();

  /**
   * @param named the encoding that the user asked for, if any
   */
  Session(Endpoint endpoint, @Nullable Encoding named) {
    this.endpoint = endpoint;
    this.named = named;
    this.transport = new Transport(endpoint);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "gym-http-client");
    thread.setDaemon(true);
    return thread;
  }

  String url() {
    return endpoint.url();
  }

  /** As {@code spec/decisions/0015-default-encodings.md} says for every client. */
  Encoding encoding(boolean isTyped) {
    return named != null ? named : isTyped ? Encoding.MSGPACK : Encoding.JSON;
  }

  <T extends @Nullable Object> T send(Operation<T> operation) {
    return exchange(operation, request(operation));
  }

  /** As {@link #send} on a thread of its own; fails at once for a value that cannot be sent. */
  <T extends @Nullable Object> CompletableFuture<T> sendAsync(Operation<T> operation) {
    Request request = request(operation);
    PendingCall<T> call = new PendingCall<>(() -> exchange(operation, request));
    try {
      call.startOn(threads);
    } catch (RejectedExecutionException closed) {
      return CompletableFuture.failedFuture(
          new TransportException("The client is closed (" + request + ")", closed));
    }
    return call;
  }

  private <T extends @Nullable Object> T exchange(Operation<T> operation, Request request) {
    Reply reply = transport.exchange(request);
    if (reply.status != 200) {
      throw Document.refusal(reply);
    }
    return operation.read(reply);
  }

  private Request request(Operation<?> operation) {
    Encoding encoding = encoding(operation.isTyped);
    String accept = operation.accept != null ? operation.accept : encoding.accept();
    String key = operation.method.equals("POST") ? keyPrefix + calls.incrementAndGet() : null;
    Map<String, @Nullable Object> body = operation.body;
    return body == null
        ? new Request(operation.method, operation.path, accept, null, new byte[0], key)
        : new Request(
            operation.method,
            operation.path,
            accept,
            encoding.contentType(),
            encoding == Encoding.JSON ? Json.encode(body) : Msgpack.encode(body),
            key);
  }

  /** Closes the connections and ends the threads; calls in flight fail. */
  @Override
  public void close() {
    transport.close();
    threads.shutdown();
  }
}
