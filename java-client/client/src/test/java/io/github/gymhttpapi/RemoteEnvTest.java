package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.space.Box;
import io.github.gymhttpapi.testing.LiveServer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RemoteEnvTest {
  private static GymClient client(Encoding encoding) {
    return GymClient.builder(LiveServer.url()).encoding(encoding).build();
  }

  private static EnvOptions kwargs(String name, Object value) {
    return new EnvOptions().kwargs(Map.of(name, value));
  }

  @ParameterizedTest
  @EnumSource
  void anEpisodeOfCartPoleIsTypedFromEndToEnd(Encoding encoding) {
    try (GymClient client = client(encoding);
        RemoteEnv env = RemoteEnv.make(client, "CartPole-v1", new EnvOptions())) {
      assertEquals(DType.FLOAT32, assertInstanceOf(Box.class, env.observationSpace()).dtype());
      assertEquals("Discrete(2)", env.actionSpace().toString());
      float[] first = env.reset(7).floats();
      assertEquals(4, first.length);
      StepResult step = env.step(1);
      assertEquals(1.0, step.reward());
      assertFalse(step.done());
      assertEquals(step.floats()[1], (float) step.doubles()[1]);
      assertTrue(step.floats()[1] > first[1], "pushed to the right");
      int steps = 1;
      while (!step.done()) {
        step = env.step(1);
        steps++;
      }
      assertTrue(step.terminated() && !step.truncated());
      assertTrue(steps > 5 && steps < 15, "the pole falls after " + steps);
      assertArrayEquals(first, env.reset(7).floats());
    }
  }

  @ParameterizedTest
  @EnumSource
  void terminationAndTruncationAreToldApart(Encoding encoding) {
    try (GymClient client = client(encoding)) {
      for (boolean truncate : new boolean[] {true, false}) {
        try (RemoteEnv env =
            RemoteEnv.make(client, "conformance/Count-v0", kwargs("truncate", truncate))) {
          env.reset();
          env.step(0);
          env.step(2);
          StepResult last = env.step(1);
          assertEquals(truncate, last.truncated());
          assertEquals(!truncate, last.terminated());
          assertTrue(last.done());
          assertEquals(0.3, last.reward());
          assertArrayEquals(new long[] {3, 1}, last.array().longs());
          assertEquals(3L, last.info().get("steps"));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void noNumberLosesABit(Encoding encoding) {
    try (GymClient client = client(encoding);
        RemoteEnv env = RemoteEnv.make(client, "conformance/Numbers-v0", new EnvOptions())) {
      ResetResult reset = env.reset();
      double[] numbers = {
        0x1p53, 0.1 + 0.2, 1e-308, 5e-324, -0.0, 1.2345678901234567e99, 1.0 / 3, -123456.789
      };
      assertArrayEquals(numbers, reset.doubles());
      Map<String, ?> info = reset.info();
      assertEquals((1L << 53) + 1, info.get("int53_plus_1"));
      assertEquals(Long.MAX_VALUE, info.get("int64_max"));
      assertEquals(Long.MIN_VALUE, info.get("int64_min"));
      assertEquals(0.1 + 0.2, info.get("float"));
      assertEquals((double) 0.1f, info.get("float32"));
      assertEquals(3.0, info.get("whole"));
      assertEquals(-0.0, info.get("minus_zero"));
      assertEquals(5e-324, info.get("small"));
      double inf = Double.POSITIVE_INFINITY;
      assertArrayEquals(
          new double[] {Double.NaN, inf, -inf, 0, 1, -1, 1e99, -1e99}, env.step(0).doubles());
      assertEquals(Double.NaN, env.step(0).reward());
      assertEquals(inf, env.step(1).reward());
    }
  }

  @Test
  void discreteObservationsAreIntegers() {
    try (GymClient client = client(Encoding.JSON);
        RemoteEnv env = RemoteEnv.make(client, "FrozenLake-v1", kwargs("is_slippery", false))) {
      assertEquals(0, env.reset().discrete());
      assertEquals(4, env.step(1).discrete());
    }
  }

  @Test
  void resetOptionsReachTheEnvironment() {
    try (GymClient client = client(Encoding.MSGPACK);
        RemoteEnv env = RemoteEnv.make(client, "conformance/Count-v0", new EnvOptions())) {
      ResetResult reset = env.reset(new ResetOptions().seed(0).options(Map.of("level", 3)));
      assertEquals(0L, reset.info().get("seed"));
      assertEquals(Map.of("level", 3L), reset.info().get("options"));
    }
  }

  @Test
  void itClosesWhatItMadeAndLeavesWhatItWasAttachedTo() {
    try (GymClient client = client(Encoding.MSGPACK)) {
      RemoteEnv env = RemoteEnv.make(client, "CartPole-v1", new EnvOptions());
      env.reset();
      try (RemoteEnv attached = RemoteEnv.attach(client, env.instanceId())) {
        attached.step(0);
        assertEquals(1L, attached.info().get("steps"));
      }
      env.step(0);
      env.close();
      env.close();
      assertFalse(client.envListAll().containsKey(env.instanceId()));
      assertThrows(ApiException.class, () -> env.step(0));
      client.envClose(client.envCreate("CartPole-v1"));
    }
  }

  @Test
  void closingAnInstanceThatIsGoneIsNoError() {
    try (GymClient client = client(Encoding.MSGPACK);
        RemoteEnv env = RemoteEnv.make(client, "CartPole-v1", new EnvOptions())) {
      client.envClose(env.instanceId());
    }
  }

  @Test
  void oneMadeFromAnAddressClosesItsClientToo() {
    RemoteEnv env = RemoteEnv.make(LiveServer.url(), "CartPole-v1");
    env.close();
    assertThrows(TransportException.class, () -> env.client().health());
    assertThrows(ApiException.class, () -> RemoteEnv.make(LiveServer.url(), "NoSuchEnv-v0"));
  }

  @Test
  void aVectorEnvIsRefusedAndNotLeftBehind() {
    try (GymClient client = client(Encoding.MSGPACK)) {
      String blackjacks = client.envCreate("Blackjack-v1");
      EnvOptions two = new EnvOptions().numEnvs(2);
      Exception error =
          assertThrows(
              IllegalArgumentException.class, () -> RemoteEnv.make(client, "Blackjack-v1", two));
      assertTrue(
          error.getMessage().endsWith("is a vector env: use RemoteVectorEnv"), error.getMessage());
      assertEquals(1, client.envListAll().values().stream().filter("Blackjack-v1"::equals).count());
      client.envClose(blackjacks);
    }
  }

  @Test
  void framesComeAsPictureAndAsPixels() throws IOException {
    EnvOptions options = new EnvOptions().renderMode("rgb_array");
    try (GymClient client = client(Encoding.JSON);
        RemoteEnv env = RemoteEnv.make(client, "conformance/Count-v0", options)) {
      env.reset();
      env.step(0);
      BufferedImage picture =
          Objects.requireNonNull(ImageIO.read(new ByteArrayInputStream(env.render())));
      assertEquals(6, picture.getWidth());
      assertEquals(0xff010101, picture.getRGB(5, 3));
      assertArrayEquals(new int[] {4, 6, 3}, env.frame().shape());
      assertEquals(1, env.frame().bytes()[71]);
    }
  }

  @Test
  void aFrameThatThereIsNotSaysWhy() {
    try (GymClient client = client(Encoding.JSON);
        RemoteEnv env =
            RemoteEnv.make(client, "conformance/Count-v0", new EnvOptions().renderMode(null))) {
      env.reset();
      ApiException error = assertThrows(ApiException.class, env::render);
      assertEquals(409, error.status());
      assertEquals("no_frame", error.code());
    }
  }

  @Test
  void aMonitorRecordsEpisodesForTheScoreboard(@TempDir Path directory) throws IOException {
    try (GymClient client = client(Encoding.MSGPACK);
        RemoteEnv env = RemoteEnv.make(client, "conformance/Count-v0", new EnvOptions())) {
      env.monitorStart(directory.toString(), new MonitorOptions().force(true).video(false));
      env.reset();
      for (int i = 0; i < 3; i++) {
        env.step(0);
      }
      env.monitorClose();
      try (var files = Files.list(directory)) {
        assertTrue(files.count() > 0);
      }
      Map<String, ?> evaluation =
          client.upload(directory.toString(), "key of the Java tests", "random");
      assertEquals(1L, evaluation.get("episodes"));
      assertEquals(3L, evaluation.get("total_steps"));
      assertTrue(
          client.scoreboardList("conformance/Count-v0", "random").stream()
              .anyMatch(
                  entry -> evaluation.get("evaluation_id").equals(entry.get("evaluation_id"))));
      assertEquals(0, client.scoreboardList("conformance/Count-v0", "a&b=ü").size());
    }
  }
}
