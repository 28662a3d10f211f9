package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.testing.LiveServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
  @Test
  void optionsKeepWhatTheyWereGiven() {
    Map<String, Object> kwargs = new HashMap<>(Map.of("truncate", true));
    List<Object> nested = new ArrayList<>(List.of(1));
    long[] numbers = {7};
    Map<String, Object> reset =
        new HashMap<>(Map.of("level", 3, "nested", nested, "numbers", numbers));
    EnvOptions options = new EnvOptions().kwargs(kwargs);
    ResetOptions resetOptions = new ResetOptions().options(reset);
    kwargs.put("no_such_argument", 1);
    kwargs.remove("truncate");
    reset.put("level", 4);
    nested.add(2);
    numbers[0] = 8;
    try (GymClient client = GymClient.builder(LiveServer.url()).encoding(Encoding.JSON).build();
        RemoteEnv env = RemoteEnv.make(client, "conformance/Count-v0", options)) {
      assertEquals(
          Map.of("level", 3L, "nested", List.of(1L), "numbers", List.of(7L)),
          env.reset(resetOptions).info().get("options"));
      env.step(0);
      env.step(0);
      assertTrue(env.step(0).truncated());
    }
  }

  @ParameterizedTest
  @CsvSource({"asinc, async", "vector-entry, vector_entry_point", "sink, sync"})
  void anUnknownModeIsRefusedWhereItIsSet(String mode, String nearest) {
    EnvOptions options = new EnvOptions();
    Exception error =
        assertThrows(IllegalArgumentException.class, () -> options.vectorizationMode(mode));
    assertEquals(
        "vectorizationMode is one of [sync, async, vector_entry_point], got '"
            + mode
            + "'; did you mean '"
            + nearest
            + "'?",
        error.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"SameStep, same_step", "NEXT_STEP, next_step", "Disabled, disabled"})
  void gymnasiumsOwnSpellingOfTheModesIsTaken(String spelled, String mode) {
    EnvOptions options = new EnvOptions().numEnvs(2).autoresetMode(spelled);
    try (GymClient client = GymClient.of(LiveServer.url());
        RemoteVectorEnv envs = RemoteVectorEnv.make(client, "CartPole-v1", options)) {
      assertEquals(mode, envs.info().get("autoreset_mode"));
    }
  }

  @Test
  void valuesThatCannotBeAreRefusedWhereTheyAreSet() {
    Map<String, Executable> wrong =
        Map.of(
            "seed must be at least 0, got -1", () -> new EnvOptions().seed(-1),
            "numEnvs must be at least 1, got 0", () -> new EnvOptions().numEnvs(0),
            "seed must be at least 0, got -2", () -> new ResetOptions().seed(-2),
            "seeds must be at least 0, got -3", () -> new ResetOptions().seeds(1, -3),
            "videoEvery must be at least 0, got -1", () -> new MonitorOptions().videoEvery(-1),
            "Cannot send a java.lang.Object: expected numbers, text, arrays, collections or maps",
                () -> new EnvOptions().kwargs(Map.of("deep", List.of(new Object()))));
    wrong.forEach(
        (message, set) ->
            assertEquals(message, assertThrows(IllegalArgumentException.class, set).getMessage()));
  }
}
