package io.github.gymhttpapi;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Base of everything that a call to the server throws.
 *
 * <ul>
 *   <li>{@link ApiException}: the server answered with a status other than 200
 *   <li>{@link TransportException}: no whole reply came
 *   <li>{@link RequestTimeoutException}: no whole reply came in time
 *   <li>{@link DecodeException}: a reply with status 200 is not what the API promises
 * </ul>
 */
public abstract class GymException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The four ways in which a call fails: the same four in every client of the API. */
  public enum Kind {
    /** The server answered with a status other than 200. */
    API,
    /** No whole reply: connection refused, reset or cut off, or TLS failed. */
    TRANSPORT,
    /** No whole reply within the client's timeout. */
    TIMEOUT,
    /** A whole reply that is not what its operation promises. */
    DECODE
  }

  /** Which of the four. */
  private final Kind kind;

  /** The key of the call that failed, if it has one. */
  private @Nullable String idempotencyKey;

  private transient @Nullable Supplier<?> again;

  GymException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /**
   * Which of the four it is, for a {@code switch}.
   *
   * @return the kind of failure
   */
  public final Kind kind() {
    return kind;
  }

  /** Says which call failed, and how to make it again. */
  final void ofCall(@Nullable String key, Supplier<?> repeated) {
    idempotencyKey = key;
    again = repeated;
  }

  /**
   * The {@code Idempotency-Key} that all attempts of the call carried.
   *
   * @return the key, or null where there is none: of a call that changes nothing, of an environment
   *     that could not be made
   */
  public final @Nullable String idempotencyKey() {
    return idempotencyKey;
  }

  /**
   * Makes the call that failed once more, under the same {@code Idempotency-Key} and with a timeout
   * of its own: what the server has carried out already it does not carry out again, but answers as
   * it did. After a step, ask for this before anything else of that environment.
   *
   * <pre>{@code
   * StepResult step;
   * try {
   *   step = env.step(action);
   * } catch (TransportException | RequestTimeoutException error) {
   *   step = error.retry();
   * }
   * }</pre>
   *
   * <p>Where an environment could not be made, it is made anew: nothing was left of the first.
   *
   * @param <T> what the method that failed returns; of one that returns a future, what that would
   *     have held
   * @return the result
   * @throws GymException when it fails again
   * @throws IllegalStateException when this exception comes from no call, or from another JVM
   */
  @SuppressWarnings("unchecked") // the caller knows what was called
  public final <T extends @Nullable Object> T retry() {
    if (again == null) {
      throw new IllegalStateException("There is no call to make again", this);
    }
    return (T) again.get();
  }
}
