package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Both ways of calling, which must succeed and fail alike. */
enum Way {
  SYNC {
    @Override
    void step(GymClient client, Object action) {
      client.envStep("abc", action);
    }
  },
  ASYNC {
    @Override
    void step(GymClient client, Object action) {
      CompletableFuture<?> future = client.async().envStep("abc", action);
      try {
        future.join();
      } catch (CompletionException error) {
        throw assertInstanceOf(GymException.class, error.getCause());
      }
    }
  };

  abstract void step(GymClient client, Object action);

  void step(GymClient client) {
    step(client, 1);
  }
}
