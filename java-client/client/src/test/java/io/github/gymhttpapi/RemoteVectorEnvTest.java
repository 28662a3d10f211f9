package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.space.Box;
import io.github.gymhttpapi.space.Tuple;
import io.github.gymhttpapi.testing.LiveServer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RemoteVectorEnvTest {
  private static GymClient client(Encoding encoding) {
    return GymClient.builder(LiveServer.url()).encoding(encoding).build();
  }

  @ParameterizedTest
  @EnumSource
  void everyEnvHasItsRow(Encoding encoding) {
    EnvOptions options =
        new EnvOptions().numEnvs(3).autoresetMode("same_step").vectorizationMode("sync");
    try (GymClient client = client(encoding);
        RemoteVectorEnv envs = RemoteVectorEnv.make(client, "CartPole-v1", options);
        RemoteEnv alone = RemoteEnv.make(client, "CartPole-v1", new EnvOptions())) {
      assertEquals(3, envs.numEnvs());
      assertArrayEquals(
          new int[] {3, 4}, assertInstanceOf(Box.class, envs.observationSpace()).shape());
      assertEquals("Box([4], float32)", envs.singleObservationSpace().toString());
      assertEquals("Discrete(2)", envs.singleActionSpace().toString());
      ResetResult reset = envs.reset(5);
      assertEquals(alone.reset(6).array(), reset.array().row(1));
      VectorStepResult step = envs.step(new int[] {0, 1, 0});
      assertEquals(alone.step(1).array(), step.array().row(1));
      assertArrayEquals(new double[] {1, 1, 1}, step.rewards());
      assertArrayEquals(new boolean[3], step.done());
      for (int i = 0; i < 12; i++) {
        step = envs.step(List.of(1, 1, 0));
        if (step.done()[2]) {
          assertTrue(step.terminated()[2] && !step.truncated()[2]);
        }
      }
      assertTrue((Long) Objects.requireNonNull(envs.info().get("episodes")) >= 3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void seedsGoToEachEnv(Encoding encoding) {
    EnvOptions options = new EnvOptions().numEnvs(2).vectorizationMode("sync");
    try (GymClient client = client(encoding);
        RemoteVectorEnv envs = RemoteVectorEnv.make(client, "CartPole-v1", options)) {
      NDArray observations = envs.reset(new ResetOptions().seeds(9, 9)).array();
      assertEquals(observations.row(0), observations.row(1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneEnvIsAVectorEnvToo(Encoding encoding) {
    EnvOptions one = new EnvOptions().numEnvs(1);
    try (GymClient client = client(encoding)) {
      for (EnvOptions options :
          List.of(new EnvOptions(), one, new EnvOptions().autoresetMode("next_step"))) {
        try (RemoteVectorEnv envs = RemoteVectorEnv.make(client, "CartPole-v1", options)) {
          assertEquals(1, envs.numEnvs());
          assertEquals("sync", envs.info().get("vectorization_mode"));
          assertArrayEquals(new int[] {1, 4}, envs.reset().array().shape());
          assertArrayEquals(new int[] {1, 4}, envs.step(new int[] {1}).array().shape());
        }
      }
      RemoteEnv.make(client, "CartPole-v1", one).close(); // the options are as they were
    }
  }

  @ParameterizedTest
  @EnumSource
  void aModeOfOnesOwnIsKept(Encoding encoding) {
    EnvOptions options = new EnvOptions().numEnvs(1).vectorizationMode("vector_entry_point");
    try (GymClient client = client(encoding);
        RemoteVectorEnv made = RemoteVectorEnv.make(client, "CartPole-v1", options)) {
      made.reset();
      assertEquals("vector_entry_point", made.info().get("vectorization_mode"));
      try (RemoteVectorEnv attached = RemoteVectorEnv.attach(client, made.instanceId())) {
        assertEquals(1, attached.step(new long[] {1}).rewards().length);
      }
      assertThrows(
          IllegalArgumentException.class, () -> RemoteEnv.attach(client, made.instanceId()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void spacesThatNumPyCannotStackAreLists(Encoding encoding) {
    EnvOptions options = new EnvOptions().numEnvs(2).kwargs(Map.of("space", "text"));
    try (GymClient client = client(encoding);
        RemoteVectorEnv envs = RemoteVectorEnv.make(client, "conformance/Spaces-v0", options)) {
      assertInstanceOf(Tuple.class, envs.observationSpace());
      envs.reset();
      assertEquals(List.of("ab", "世"), envs.step(List.of("ab", "世")).observation());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSingleEnvIsRefused(Encoding encoding) {
    try (GymClient client = client(encoding);
        RemoteEnv single = RemoteEnv.make(client, "CartPole-v1", new EnvOptions())) {
      Exception error =
          assertThrows(
              IllegalArgumentException.class,
              () -> RemoteVectorEnv.attach(client, single.instanceId()));
      assertTrue(error.getMessage().endsWith("is a single env: use RemoteEnv"), error.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStepNeedNotBeWaitedFor(Encoding encoding) {
    try (GymClient client = client(encoding);
        RemoteVectorEnv envs =
            RemoteVectorEnv.make(client, "CartPole-v1", new EnvOptions().numEnvs(2))) {
      NDArray first = envs.resetAsync(new ResetOptions().seed(1)).join().array();
      assertEquals(envs.reset(1).array(), first);
      assertEquals(2, envs.stepAsync(new int[] {0, 1}).join().rewards().length);
    }
  }
}
