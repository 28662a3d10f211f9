package io.github.gymhttpapi.examples;

import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.rl4j.GymMDP;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.deeplearning4j.gym.StepReply;
import org.deeplearning4j.rl4j.learning.IEpochTrainer;
import org.deeplearning4j.rl4j.learning.configuration.QLearningConfiguration;
import org.deeplearning4j.rl4j.learning.sync.qlearning.discrete.QLearningDiscreteDense;
import org.deeplearning4j.rl4j.network.configuration.DQNDenseNetworkConfiguration;
import org.deeplearning4j.rl4j.observation.Observation;
import org.deeplearning4j.rl4j.policy.DQNPolicy;
import org.deeplearning4j.rl4j.space.Box;
import org.deeplearning4j.rl4j.util.IDataManager;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/**
 * Trains a DQN on CartPole through the server, evaluates it, and writes the learning curve: {@code
 * CartPoleDqn URL STEPS DIRECTORY}.
 *
 * <p>Training stops after that many steps, or sooner when the greedy policy balances the pole for
 * {@value #PROFICIENT} steps or more in each of {@value #EXAM_EPISODES} episodes. The evaluation is
 * {@value #EVALUATION_EPISODES} greedy episodes with seeds that training has not seen.
 */
public final class CartPoleDqn {
  private static final String ENV_ID = "CartPole-v1";
  private static final int SEED = 7;
  private static final int EPISODE_STEPS = 500;
  private static final double PROFICIENT = 490;
  private static final int EXAM_EPISODES = 20;
  private static final int EXAM_EVERY_STEPS = 1000;
  private static final int EVALUATION_EPISODES = 100;

  private CartPoleDqn() {}

  public static void main(String[] args) throws IOException {
    run(args[0], Integer.parseInt(args[1]), Path.of(args[2]));
  }

  /** Trains and evaluates; returns the mean return of the evaluation episodes. */
  static double run(String url, int steps, Path directory) throws IOException {
    Files.createDirectories(directory);
    LearningCurve curve = new LearningCurve(steps, System.out);
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
    // RL4J knows no truncation: the end of time would look like a fallen pole. It cuts episodes
    // itself, by maxEpochStep, and does not learn from that; so the environment must not.
    EnvOptions options = new EnvOptions().seed(SEED).maxEpisodeSteps(EPISODE_STEPS + 1);
    GymMDP mdp = GymMDP.make(client, ENV_ID, options);
    GymMDP exam = GymMDP.make(client, ENV_ID, new EnvOptions().seed(100 + SEED));
    QLearningDiscreteDense<Box> learning =
        new QLearningDiscreteDense<>(mdp, network(), configuration(steps));
    learning.addListener(curve);
    learning.addListener(new Examination(() -> isProficient(exam, learning.getPolicy())));
    learning.train();
    mdp.close();
    exam.close();
    return learning.getPolicy();
  }

  /** Stops training when an examination is passed. */
  private static final class Examination extends ProgressListener {
    private final BooleanSupplier passed;
    private int next = EXAM_EVERY_STEPS;

    Examination(BooleanSupplier passed) {
      this.passed = passed;
    }

    @Override
    public ListenerResponse onEpochTrainingResult(
        IEpochTrainer trainer, IDataManager.StatEntry entry) {
      if (trainer.getStepCount() < next) {
        return ListenerResponse.CONTINUE;
      }
      next = trainer.getStepCount() + EXAM_EVERY_STEPS;
      return passed.getAsBoolean() ? ListenerResponse.STOP : ListenerResponse.CONTINUE;
    }
  }

  private static boolean isProficient(GymMDP mdp, DQNPolicy<Box> policy) {
    for (int episode = 0; episode < EXAM_EPISODES; episode++) {
      if (play(mdp, policy) < PROFICIENT) {
        return false;
      }
    }
    return true;
  }

  private static QLearningConfiguration configuration(int steps) {
    return QLearningConfiguration.builder()
        .seed((long) SEED)
        .maxEpochStep(EPISODE_STEPS)
        .maxStep(steps)
        .expRepMaxSize(50_000)
        .batchSize(64)
        .targetDqnUpdateFreq(500)
        .updateStart(500)
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
      sum += play(mdp, policy);
    }
    mdp.close();
    return sum / EVALUATION_EPISODES;
  }

  /** The return of one episode of the greedy policy. */
  private static double play(GymMDP mdp, DQNPolicy<Box> policy) {
    Box observation = mdp.reset();
    double sum = 0;
    while (!mdp.isDone()) {
      Observation batchOfOne = new Observation(observation.getData().reshape(1, -1));
      StepReply<Box> reply = mdp.step(policy.nextAction(batchOfOne));
      observation = reply.getObservation();
      sum += reply.getReward();
    }
    return sum;
  }
}
