package io.github.gymhttpapi.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.testing.LiveServer;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExamplesTest {
  @Test
  void theRandomAgentPlays() {
    RandomAgent.main(new String[] {LiveServer.url(), "CartPole-v1"});
  }

  /**
   * Whether training goes through, not whether it learns: for that there is the profile {@code
   * dqn}.
   */
  @Test
  void aShortTrainingWritesItsCurve(@TempDir Path directory) throws IOException {
    CartPoleDqn.run(LiveServer.url(), 400, directory);
    List<String> lines = Files.readAllLines(directory.resolve("cartpole-dqn.csv"));
    assertEquals("episode,step,return", lines.get(0));
    assertTrue(lines.size() > 3, "episodes: " + lines);
    String[] last = lines.get(lines.size() - 1).split(",");
    assertTrue(
        Integer.parseInt(last[1]) >= 400 && Double.parseDouble(last[2]) >= 1, lines.toString());
    BufferedImage curve =
        Objects.requireNonNull(ImageIO.read(directory.resolve("cartpole-dqn.png").toFile()));
    assertEquals(800, curve.getWidth());
  }

  @Test
  @Tag("dqn")
  void theFullTrainingReachesAMeanReturnOf100() throws IOException {
    double mean = CartPoleDqn.run(LiveServer.url(), 20_000, Path.of("target", "dqn"));
    assertTrue(mean >= 100, "mean return of the evaluation: " + mean);
  }
}
