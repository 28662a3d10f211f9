package io.github.gymhttpapi.benchmark;

import io.github.gymhttpapi.Encoding;
import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.RemoteEnv;
import io.github.gymhttpapi.StepResult;
import java.util.concurrent.ExecutionException;

/**
 * Steps CartPole and prints steps per second, one line a round: {@code StepSpeed URL [rounds]
 * [steps] [json|msgpack] [sync|async]}.
 *
 * <p>A line on standard input is waited for before each round, so that another client can be
 * measured in between.
 */
public final class StepSpeed {
  private StepSpeed() {}

  public static void main(String[] args) throws Exception {
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    int steps = args.length > 2 ? Integer.parseInt(args[2]) : 5000;
    Encoding encoding =
        args.length > 3 && args[3].equals("json") ? Encoding.JSON : Encoding.MSGPACK;
    boolean async = args.length > 4 && args[4].equals("async");
    try (GymClient client = GymClient.builder(args[0]).encoding(encoding).build();
        RemoteEnv env = RemoteEnv.make(client, "CartPole-v1", new EnvOptions().seed(1))) {
      for (int round = 0; round < rounds; round++) {
        while (System.in.read() != '\n') {
          // The line's text does not matter.
        }
        System.out.printf("%.0f%n", steps / seconds(env, steps, async));
        System.out.flush();
      }
    }
  }

  private static double seconds(RemoteEnv env, int steps, boolean async)
      throws InterruptedException, ExecutionException {
    env.reset();
    long begin = System.nanoTime();
    for (int i = 0; i < steps; i++) {
      StepResult step = async ? env.stepAsync(i & 1).get() : env.step(i & 1);
      if (step.done()) {
        env.reset();
      }
    }
    return (System.nanoTime() - begin) / 1e9;
  }
}
