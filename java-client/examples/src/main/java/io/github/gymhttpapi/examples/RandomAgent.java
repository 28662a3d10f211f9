package io.github.gymhttpapi.examples;

import io.github.gymhttpapi.RemoteEnv;
import io.github.gymhttpapi.StepResult;

/** Plays one episode with random actions: {@code RandomAgent URL ENV_ID}. */
public final class RandomAgent {
  private RandomAgent() {}

  public static void main(String[] args) {
    try (RemoteEnv env = RemoteEnv.make(args[0], args[1])) {
      env.reset(42);
      double episodeReturn = 0;
      StepResult step;
      do {
        step = env.step(env.sampleAction());
        episodeReturn += step.reward();
      } while (!step.done());
      System.out.println("Return: " + episodeReturn);
    }
  }
}
