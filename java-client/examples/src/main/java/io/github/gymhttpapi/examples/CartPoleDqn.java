package io.github.gymhttpapi.examples;

import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.rl4j.GymMDP;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.deeplearning4j.gym.StepReply;
import org.deeplearning4j.rl4j.learning.configuration.QLearningConfiguration;
import org.deeplearning4j.rl4j.learning.sync.qlearning.discrete.QLearningDiscreteDense;
import org.deeplearning4j.rl4j.network.configuration.DQNDenseNetworkConfiguration;
import org.deeplearning4j.rl4j.observation.Observation;
import org.deeplearning4j.rl4j.policy.DQNPolicy;
import org.deeplearning4j.rl4j.space.Box;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/**
 * Trains a DQN on CartPole through the server, evaluates it, and writes the learning curve: {@code
 * CartPoleDqn URL STEPS DIRECTORY}.
 *
 * <p>Training stops after that many steps, or sooner when the last 10 episodes returned 195 or more
 * on average.
 */
public final class CartPoleDqn {
  private static final String ENV_ID = "CartPole-v1";
  private static final int SEED = 7;
  private static final int EPISODE_STEPS = 500;
  private static final int EVALUATION_EPISODES = 20;
  private static final double GOOD_ENOUGH = 195;

  private CartPoleDqn() {}

  public static void main(String[] args) throws IOException {
    run(args[0], Integer.parseInt(args[1]), Path.of(args[2]));
  }

  /** Trains and evaluates; returns the mean return of the evaluation episodes. */
  static double run(String url, int steps, Path directory) throws IOException {
    Files.createDirectories(directory);
    LearningCurve curve = new LearningCurve(steps, GOOD_ENOUGH, System.out);
    double mean;
    try (GymClient client = GymClient.of(url)) {
      mean = evaluate(client, train(client, steps, curve));
    }
    curve.writeCsv(directory.resolve("cartpole-dqn.csv"));
    curve.writePng(directory.resolve("cartpole-dqn.png"), ENV_ID + ", DQN by RL4J");
    System.out.printf(
        "Mean return over %d evaluation episodes: %.1f. Curve: %s%n",
        EVALUATION_EPISODES, mean, directory.resolve("cartpole-dqn.png"));
    return mean;
  }

  private static DQNPolicy<Box> train(GymClient client, int steps, LearningCurve curve) {
    Nd4j.getRandom().setSeed(SEED);
    GymMDP mdp = GymMDP.make(client, ENV_ID, new EnvOptions().seed(SEED));
    QLearningDiscreteDense<Box> learning =
        new QLearningDiscreteDense<>(mdp, network(), configuration(steps));
    learning.addListener(curve);
    learning.train();
    mdp.close();
    return learning.getPolicy();
  }

  private static QLearningConfiguration configuration(int steps) {
    return QLearningConfiguration.builder()
        .seed((long) SEED)
        .maxEpochStep(EPISODE_STEPS)
        .maxStep(steps)
        .expRepMaxSize(20_000)
        .batchSize(64)
        .targetDqnUpdateFreq(500)
        .updateStart(200)
        .rewardFactor(0.05)
        .gamma(0.99)
        .errorClamp(1.0)
        .minEpsilon(0.05f)
        .epsilonNbStep(3_000)
        .doubleDQN(true)
        .build();
  }

  private static DQNDenseNetworkConfiguration network() {
    return DQNDenseNetworkConfiguration.builder()
        .numLayers(2)
        .numHiddenNodes(64)
        .l2(0)
        .updater(new Adam(5e-4))
        .build();
  }

  private static double evaluate(GymClient client, DQNPolicy<Box> policy) {
    GymMDP mdp = GymMDP.make(client, ENV_ID, new EnvOptions().seed(1000 + SEED));
    double sum = 0;
    for (int episode = 0; episode < EVALUATION_EPISODES; episode++) {
      Box observation = mdp.reset();
      while (!mdp.isDone()) {
        Observation batchOfOne = new Observation(observation.getData().reshape(1, -1));
        StepReply<Box> reply = mdp.step(policy.nextAction(batchOfOne));
        observation = reply.getObservation();
        sum += reply.getReward();
      }
    }
    mdp.close();
    return sum / EVALUATION_EPISODES;
  }
}
