package io.github.gymhttpapi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A call that runs on a thread of its own; whoever gives it up ends it. */
final class PendingCall<T extends @Nullable Object> extends CompletableFuture<T> {
  private final FutureTask<?> task;

  PendingCall(Supplier<T> call) {
    task = new FutureTask<>(() -> run(call), null);
  }

  void startOn(Executor threads) {
    threads.execute(task);
  }

  private void run(Supplier<T> call) {
    T result;
    try {
      result = call.get();
    } catch (Throwable error) { // an Error too, or the future would never be done
      super.completeExceptionally(error);
      return;
    }
    complete(result);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return interrupt(super.cancel(mayInterruptIfRunning));
  }

  /** Also what {@link #orTimeout} does. */
  @Override
  public boolean completeExceptionally(Throwable error) {
    return interrupt(super.completeExceptionally(error));
  }

  private boolean interrupt(boolean givenUp) {
    if (givenUp) {
      task.cancel(true);
    }
    return givenUp;
  }
}
