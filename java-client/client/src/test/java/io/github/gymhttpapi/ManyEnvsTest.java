package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.testing.LiveServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many environments from one thread. */
class ManyEnvsTest {
  private static final int ENVS = 16;
  private static final int ROUNDS = 10;

  @Test
  void stepsOfTenMillisecondsOverlap() {
    try (GymClient client = GymClient.of(LiveServer.url())) {
      EnvOptions slow = new EnvOptions().kwargs(Map.of("delay", 0.01, "length", ROUNDS));
      List<RemoteEnv> envs =
          Stream.generate(() -> RemoteEnv.make(client, "conformance/Count-v0", slow))
              .limit(ENVS)
              .collect(Collectors.toList());
      envs.forEach(RemoteEnv::reset);
      long best = Long.MAX_VALUE;
      for (int round = 1; round <= ROUNDS; round++) {
        long start = System.nanoTime();
        List<CompletableFuture<StepResult>> steps =
            envs.stream().map(env -> env.stepAsync(2)).collect(Collectors.toList());
        for (CompletableFuture<StepResult> step : steps) {
          assertEquals(NDArray.of(new long[] {round, 2}), step.join().array());
        }
        best = Math.min(best, System.nanoTime() - start);
      }
      long oneAfterTheOther = TimeUnit.MILLISECONDS.toNanos(10) * ENVS;
      assertTrue(best < oneAfterTheOther / 2, "the best round took " + best / 1e6 + " ms");
      envs.forEach(RemoteEnv::close);
    }
  }
}
