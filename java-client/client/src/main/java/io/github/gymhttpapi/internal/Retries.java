package io.github.gymhttpapi.internal;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * When a call is tried again: until its own deadline, see {@code
 * spec/decisions/0016-retries-until-the-deadline.md}.
 */
final class Retries {
  /** Says that there is no next attempt. */
  static final long NONE = -1;

  private static final long NO_SERVER_YET_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long LONGEST_PAUSE_MS = 1000;

  private final long deadline;
  private final int most;
  private final long start;
  private int failures;

  /**
   * @param deadline of the call, by {@link System#nanoTime}
   * @param most how many attempts may follow the first
   */
  Retries(long start, long deadline, int most) {
    this.start = start;
    this.deadline = deadline;
    this.most = most;
  }

  /**
   * Milliseconds to wait after an attempt that lost its connection, or {@link #NONE}.
   *
   * @param answered whether the server ever answered this client
   */
  long pauseAfter(IOException loss, boolean answered) {
    if (!isLoss(loss) || !answered && loss instanceof UnknownHostException) {
      return NONE;
    }
    boolean absent = loss instanceof ConnectException || loss instanceof NoRouteToHostException;
    return pause(0, absent && !answered ? start + NO_SERVER_YET_NANOS : deadline);
  }

  /** Milliseconds to wait after a reply that {@link #isGatewayTrouble}, or {@link #NONE}. */
  long pauseAfter(Reply trouble) {
    int seconds = trouble.status == 503 ? trouble.retryAfterSeconds : 0;
    return pause(TimeUnit.SECONDS.toMillis(seconds), deadline);
  }

  /** None at first, as the connection was mostly just stale, then 20, 40, 80, ... at most 1000. */
  private long pause(long least, long until) {
    int failure = failures++;
    long longest = failure == 0 ? 0 : Math.min(LONGEST_PAUSE_MS, 20L << Math.min(failure - 1, 10));
    long millis = ThreadLocalRandom.current().nextLong(longest / 2, longest + 1);
    long pause = Math.max(millis, least);
    long now = System.nanoTime();
    long left = TimeUnit.NANOSECONDS.toMillis(Math.min(until - now, deadline - now));
    return failure < most && pause < left ? pause : NONE;
  }

  /** Whether the reply is a gateway's, whose server may be back in a moment. */
  static boolean isGatewayTrouble(Reply reply) {
    return reply.status == 502 || reply.status == 503 || reply.status == 504;
  }

  /**
   * Whether another attempt may succeed: not where certificates are refused, a socket's file may
   * not be written, something other than HTTP answers, or the deadline has passed.
   */
  private static boolean isLoss(IOException error) {
    if (error instanceof SSLHandshakeException) {
      return error.getCause() instanceof EOFException; // cut off, not refused
    }
    return !(error instanceof SSLPeerUnverifiedException)
        && !(error instanceof AccessDeniedException)
        && !(error instanceof ProtocolException)
        && !(error instanceof SocketTimeoutException);
  }
}
