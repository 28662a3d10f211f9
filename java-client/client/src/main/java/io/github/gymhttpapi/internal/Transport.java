package io.github.gymhttpapi.internal;

import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.GymException;
import io.github.gymhttpapi.RequestTimeoutException;
import io.github.gymhttpapi.TransportException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests over kept-alive connections on the calling thread; safe from several threads, each
 * with a connection of its own.
 *
 * <p>A lost connection is tried again with the very same request: its Idempotency-Key makes that
 * safe.
 */
public final class Transport implements AutoCloseable {
  private final Endpoint endpoint;
  private final ConcurrentLinkedDeque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final Set<Connection> open = ConcurrentHashMap.newKeySet();
  private volatile boolean answered; // whether the server ever was there
  private final CountDownLatch closing = new CountDownLatch(1);

  public Transport(Endpoint endpoint) {
    this.endpoint = endpoint;
  }

  /**
   * Sends a request and reads the whole reply.
   *
   * @throws RequestTimeoutException when the reply has not come within the timeout, all attempts
   *     together
   * @throws TransportException when the connection was lost and there was no time for another
   *     attempt, the thread was interrupted, or the client is closed
   * @throws DecodeException when something other than HTTP answers
   */
  public Reply exchange(Request request) {
    long start = System.nanoTime();
    long deadline = start + endpoint.timeoutNanos;
    Retries retries = new Retries(start, deadline, endpoint.retries);
    IOException before = null;
    while (true) {
      long pause;
      try {
        Reply reply = attempt(request, deadline);
        answered = true;
        pause = Retries.isGatewayTrouble(reply) ? retries.pauseAfter(reply) : Retries.NONE;
        if (pause == Retries.NONE) {
          return reply;
        }
      } catch (IOException error) {
        boolean over = isClosed() || Thread.currentThread().isInterrupted();
        pause = over ? Retries.NONE : retries.pauseAfter(error, answered);
        if (pause == Retries.NONE) {
          throw failure(request, error, before);
        }
        before = error;
      }
      sleep(pause, request);
    }
  }

  /** Waits before the next attempt; {@link #close} ends that. */
  private void sleep(long millis, Request request) {
    try {
      closing.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw failure(request, new IOException(interrupted), null);
    }
  }

  private Reply attempt(Request request, long deadline) throws IOException {
    failIfClosed();
    Connection connection = idle.pollFirst();
    if (connection == null) {
      connection = Connection.open(endpoint, deadline);
      open.add(connection);
    }
    boolean keep = false;
    try {
      failIfClosed(); // If not closed yet, close() finds the connection among the open ones.
      Reply reply = connection.exchange(request, deadline);
      keep = connection.isReusable();
      return reply;
    } catch (SocketTimeoutException error) {
      throw error;
    } catch (IOException error) {
      if (connection.wasUsed()) {
        closeAll(idle); // Where one idle connection is dead, the others mostly are.
      }
      throw error;
    } finally {
      if (keep && !isClosed()) {
        idle.addFirst(connection);
      } else {
        open.remove(connection);
        connection.close();
      }
    }
  }

  private boolean isClosed() {
    return closing.getCount() == 0;
  }

  private void failIfClosed() throws IOException {
    if (isClosed()) {
      throw new IOException("closed");
    }
  }

  private GymException failure(Request request, IOException error, @Nullable IOException before) {
    String call = " (" + request + ")";
    GymException failure;
    if (isClosed()) {
      failure = new TransportException("The client is closed" + call, error);
    } else if (Thread.currentThread().isInterrupted()) {
      failure = lost(call, "the thread was interrupted", error);
    } else if (error instanceof SocketTimeoutException) {
      String message = "No whole reply from " + endpoint.url() + " within ";
      String seconds = endpoint.timeoutNanos / 1_000_000 / 1000.0 + " s";
      failure = new RequestTimeoutException(message + seconds + call, error);
    } else if (error instanceof ProtocolException) {
      String message = " does not speak HTTP/1.1 as gym-http-server does: ";
      failure = new DecodeException(endpoint.url() + message + error.getMessage() + call, error);
    } else if (error instanceof ConnectException) {
      failure = lost(call, "nothing answers there; is gym-http-server running?", error);
    } else if (error instanceof UnknownHostException) {
      failure = lost(call, "no such host", error);
    } else {
      failure = lost(call, String.valueOf(error.getMessage()), error);
    }
    if (before != null) {
      failure.addSuppressed(before); // why there was another attempt
    }
    return failure;
  }

  private TransportException lost(String call, String reason, IOException error) {
    return new TransportException(
        "No whole reply from " + endpoint.url() + call + ": " + reason, error);
  }

  private void closeAll(Iterable<Connection> connections) {
    for (Connection connection : connections) {
      idle.remove(connection);
      open.remove(connection);
      connection.close();
    }
  }

  /** Closes all connections; calls that still wait on one fail. */
  @Override
  public void close() {
    closing.countDown();
    closeAll(open);
  }
}
