package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.RequestTimeoutException;
import io.github.gymhttpapi.TransportException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Sends requests over kept-alive connections on the calling thread; safe from several threads, each with a connection of its own.
 *
 * <p>A lost connection is tried again with the very same request: its Idempotency-Key makes that safe.
 */
public final class SocketTransport implements AutoCloseable {
  private final Target target;
  private final ConcurrentLinkedDeque<HttpConnection> idle = new ConcurrentLinkedDeque<>();
  private volatile boolean closed;

  public SocketTransport(Target target) {
    this.target = target;
  }

  /**
   * Sends a request and reads the whole reply.
   *
   * @throws RequestTimeoutException when the reply has not come within the timeout, all attempts together
   * @throws TransportException when every attempt lost its connection, or the thread was interrupted
   */
  public Reply exchange(Request request) {
    long deadline = System.nanoTime() + target.timeout.toNanos();
    for (int attempt = 0; ; attempt++) {
      try {
        return attempt(request, deadline);
      } catch (SocketTimeoutException error) {
        throw timeout(target, request, error);
      } catch (IOException error) {
        if (attempt >= target.retries || Thread.currentThread().isInterrupted()) {
          throw failure(target, request, error);
        }
        pause(attempt, deadline, request, error);
      }
    }
  }

  private Reply attempt(Request request, long deadline) throws IOException {
    if (closed) {
      throw new IllegalStateException("The client is closed");
    }
    HttpConnection connection = idle.pollFirst();
    if (connection == null) {
      connection = HttpConnection.open(target, deadline);
    }
    boolean keep = false;
    try {
      Reply reply = connection.exchange(request, deadline);
      keep = connection.isReusable() && !closed;
      return reply;
    } catch (SocketTimeoutException error) {
      throw error;
    } catch (IOException error) {
      if (connection.wasUsed()) {
        closeIdle(); // Where one idle connection is dead, the others mostly are.
      }
      throw error;
    } finally {
      if (keep) {
        idle.addFirst(connection);
      } else {
        connection.close();
      }
    }
  }

  private void pause(int attempt, long deadline, Request request, IOException error) {
    try {
      Thread.sleep(Math.min(Target.pause(attempt), HttpConnection.millisUntil(deadline)));
    } catch (SocketTimeoutException over) {
      throw timeout(target, request, error);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw failure(target, request, error);
    }
  }

  static RequestTimeoutException timeout(Target target, Request request, Throwable cause) {
    String seconds = target.timeout.toMillis() / 1000.0 + " s";
    return new RequestTimeoutException(
        "No reply from " + target.url() + " within " + seconds + " (" + request + ")", cause);
  }

  static TransportException failure(Target target, Request request, Throwable error) {
    String reason;
    if (Thread.currentThread().isInterrupted()) {
      reason = "the thread was interrupted";
    } else if (error instanceof ConnectException) {
      reason = "nothing answers there; is gym-http-server running?";
    } else if (error instanceof UnknownHostException) {
      reason = "no such host";
    } else {
      reason = String.valueOf(error.getMessage());
    }
    return new TransportException("No reply from " + target.url() + " (" + request + "): " + reason, error);
  }

  private void closeIdle() {
    for (HttpConnection old = idle.pollFirst(); old != null; old = idle.pollFirst()) {
      old.close();
    }
  }

  /** Closes idle connections now, and those in use when their reply has come. */
  @Override
  public void close() {
    closed = true;
    closeIdle();
  }
}
