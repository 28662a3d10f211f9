package consumer;

import io.github.gymhttpapi.rl4j.GymMDP;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.deeplearning4j.rl4j.learning.configuration.QLearningConfiguration;
import org.deeplearning4j.rl4j.learning.sync.qlearning.discrete.QLearningDiscreteDense;
import org.deeplearning4j.rl4j.network.configuration.DQNDenseNetworkConfiguration;
import org.nd4j.linalg.learning.config.Adam;

/** What a user's first program does: trains for a moment on CartPole. */
public final class Train {
  private Train() {}

  public static void main(String[] args) throws IOException {
    Process server = start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8))) {
      String line = out.readLine();
      while (line != null && !line.contains("listens at ")) {
        line = out.readLine();
      }
      if (line == null) {
        throw new IllegalStateException("gym-http-server did not start");
      }
      train(line.replaceAll(".*listens at (\\S+).*", "$1"));
    } finally {
      server.destroy();
    }
  }

  private static Process start() throws IOException {
    String program = System.getProperty("gym.http.server", "gym-http-server");
    ProcessBuilder builder = new ProcessBuilder(program, "-p", "0").redirectErrorStream(true);
    builder.environment().remove("GYM_HTTP_TOKEN");
    return builder.directory(Files.createTempDirectory("consumer").toFile()).start();
  }

  private static void train(String url) {
    GymMDP mdp = GymMDP.make(url, "CartPole-v1");
    QLearningConfiguration configuration =
        QLearningConfiguration.builder()
            .seed(1L)
            .maxEpochStep(100)
            .maxStep(150)
            .expRepMaxSize(150)
            .batchSize(16)
            .targetDqnUpdateFreq(50)
            .updateStart(20)
            .rewardFactor(0.1)
            .gamma(0.99)
            .errorClamp(1.0)
            .minEpsilon(0.1f)
            .epsilonNbStep(100)
            .build();
    DQNDenseNetworkConfiguration network =
        DQNDenseNetworkConfiguration.builder()
            .numLayers(1)
            .numHiddenNodes(16)
            .updater(new Adam(1e-3))
            .build();
    QLearningDiscreteDense<?> learning = new QLearningDiscreteDense<>(mdp, network, configuration);
    learning.train();
    mdp.close();
    System.out.println("Trained for " + learning.getStepCount() + " steps");
  }
}
