package io.github.gymhttpapi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.space.Box;
import io.github.gymhttpapi.space.Dict;
import io.github.gymhttpapi.space.Discrete;
import io.github.gymhttpapi.space.Graph;
import io.github.gymhttpapi.space.MultiBinary;
import io.github.gymhttpapi.space.MultiDiscrete;
import io.github.gymhttpapi.space.OneOf;
import io.github.gymhttpapi.space.Sequence;
import io.github.gymhttpapi.space.Space;
import io.github.gymhttpapi.space.Text;
import io.github.gymhttpapi.space.Tuple;
import io.github.gymhttpapi.space.UnknownSpace;
import io.github.gymhttpapi.testing.LiveServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every space of the API, in both encodings, against an environment that observes the action it was
 * given.
 */
class SpacesTest {
  private static final List<String> SPACES =
      List.of(
          "discrete",
          "box-float32",
          "box-float64",
          "box-half-open",
          "box-uint8",
          "box-int64",
          "box-one",
          "box-scalar",
          "multi-discrete",
          "multi-discrete-2d",
          "multi-binary",
          "multi-binary-2d",
          "text",
          "tuple",
          "dict",
          "sequence",
          "sequence-stacked",
          "graph",
          "graph-without-edges",
          "one-of",
          "nested",
          "odd");

  static Stream<Arguments> everySpace() {
    List<Arguments> all = new ArrayList<>();
    for (Encoding encoding : Encoding.values()) {
      SPACES.forEach(space -> all.add(Arguments.of(encoding, space)));
    }
    return all.stream();
  }

  private static void with(Encoding encoding, String space, Consumer<RemoteEnv> test) {
    EnvOptions options = new EnvOptions().kwargs(Map.of("space", space)).seed(3);
    try (GymClient client = GymClient.builder(LiveServer.url()).encoding(encoding).build();
        RemoteEnv env = RemoteEnv.make(client, "conformance/Spaces-v0", options)) {
      test.accept(env);
    }
  }

  @ParameterizedTest
  @MethodSource("everySpace")
  void aValueMakesTheRoundTripExactly(Encoding encoding, String space) {
    with(
        encoding,
        space,
        env -> {
          for (long seed = 0; seed < 3; seed++) {
            Object observation = Objects.requireNonNull(env.reset(seed).observation());
            StepResult echoed = env.step(observation);
            assertEquals(observation, echoed.observation());
            assertEquals(true, echoed.info().get("contains"), "the space contains " + observation);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("everySpace")
  void aSampledActionIsOneThatTheSpaceContains(Encoding encoding, String space) {
    with(
        encoding,
        space,
        env -> {
          env.reset();
          Object action = env.sampleAction();
          assertTrue(env.client().envActionSpaceContains(env.instanceId(), action));
          assertEquals(true, env.step(action).info().get("contains"));
        });
  }

  @ParameterizedTest
  @MethodSource("everySpace")
  void bothEncodingsGiveTheSameValue(Encoding encoding, String space) {
    with(
        Encoding.JSON,
        space,
        json ->
            with(
                Encoding.MSGPACK,
                space,
                msgpack ->
                    assertEquals(json.reset(5).observation(), msgpack.reset(5).observation())));
  }

  @ParameterizedTest
  @EnumSource
  void theFactsOfEachKindOfSpaceAreRead(Encoding encoding) {
    check(
        encoding,
        "discrete",
        Discrete.class,
        space -> {
          assertEquals(5, space.n());
          assertEquals(-2, space.start());
        });
    check(
        encoding,
        "box-half-open",
        Box.class,
        space -> {
          assertArrayEquals(new int[] {2}, space.shape());
          assertEquals(DType.FLOAT64, space.dtype());
          assertArrayEquals(new double[] {Double.NEGATIVE_INFINITY, 0}, space.low().doubles());
          assertArrayEquals(new double[] {1.5, Double.POSITIVE_INFINITY}, space.high().doubles());
        });
    check(
        encoding,
        "box-int64",
        Box.class,
        space -> assertEquals(Long.MIN_VALUE, space.low().longAt(0)));
    check(encoding, "box-scalar", Box.class, space -> assertArrayEquals(new int[0], space.shape()));
    check(
        encoding,
        "multi-discrete",
        MultiDiscrete.class,
        space -> {
          assertArrayEquals(new long[] {3, 4}, space.nvec().longs());
          assertArrayEquals(new long[] {0, -1}, space.start().longs());
        });
    check(
        encoding,
        "multi-binary-2d",
        MultiBinary.class,
        space -> assertArrayEquals(new int[] {2, 3}, space.shape()));
    check(
        encoding,
        "text",
        Text.class,
        space -> {
          assertEquals(8, space.maxLength());
          assertTrue(space.charset().contains("世") && space.charset().contains("🎈"));
        });
    check(encoding, "tuple", Tuple.class, space -> assertEquals(2, space.spaces().size()));
    check(
        encoding,
        "dict",
        Dict.class,
        space ->
            assertEquals(List.of("zeta", "alpha", "größe"), List.copyOf(space.spaces().keySet())));
    check(encoding, "sequence-stacked", Sequence.class, space -> assertTrue(space.stack()));
    check(
        encoding,
        "graph",
        Graph.class,
        space -> assertEquals("Discrete(3)", String.valueOf(space.edgeSpace())));
    check(
        encoding,
        "graph-without-edges",
        Graph.class,
        space -> assertEquals(null, space.edgeSpace()));
    check(encoding, "one-of", OneOf.class, space -> assertEquals(2, space.spaces().size()));
    check(
        encoding,
        "odd",
        UnknownSpace.class,
        space -> assertEquals("Odd(even numbers)", space.toString()));
  }

  private static <S extends Space> void check(
      Encoding encoding, String name, Class<S> kind, Consumer<S> test) {
    with(
        encoding,
        name,
        env -> {
          test.accept(kind.cast(env.observationSpace()));
          test.accept(kind.cast(env.actionSpace()));
        });
  }

  @ParameterizedTest
  @EnumSource
  void javaArraysServeAsActions(Encoding encoding) {
    with(
        encoding,
        "box-float64",
        env -> {
          env.reset();
          double[] action = {
            1, -2.5, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN, 0.1 + 0.2
          };
          assertArrayEquals(action, env.step(action).doubles());
        });
    with(
        encoding,
        "box-uint8",
        env -> {
          env.reset();
          byte[] frame = {0, 1, 2, 127, -128, -1, 6, 7, 8, 9, 10, 11};
          assertArrayEquals(frame, env.step(NDArray.of(frame, 2, 2, 3)).bytes());
          int[][][] nested = {{{0, 1, 2}, {3, 4, 5}}, {{6, 7, 8}, {9, 10, 255}}};
          assertEquals(255, env.step(nested).array().longAt(11));
        });
    with(
        encoding,
        "box-one",
        env -> {
          env.reset();
          assertArrayEquals(new float[] {1.5f}, env.step(1.5).floats());
        });
    with(
        encoding,
        "multi-binary",
        env -> {
          env.reset();
          boolean[] flags = {true, false, false, true};
          assertArrayEquals(flags, env.step(flags).array().booleans());
        });
    with(
        encoding,
        "dict",
        env -> {
          env.reset();
          Map<String, Object> action =
              Map.of("zeta", 2, "alpha", new float[] {0.5f, -0.5f}, "größe", List.of(1, 0));
          Map<?, ?> echoed = (Map<?, ?>) Objects.requireNonNull(env.step(action).observation());
          assertEquals(2L, echoed.get("zeta"));
          assertEquals(NDArray.of(new float[] {0.5f, -0.5f}), echoed.get("alpha"));
        });
  }

  @Test
  void anObservationReadAsAnotherTypeSaysWhatItIs() {
    with(
        Encoding.JSON,
        "discrete",
        env -> {
          ResetResult result = env.reset();
          Exception error = assertThrows(IllegalStateException.class, result::doubles);
          assertEquals("The observation is a Long, not a NDArray", error.getMessage());
        });
  }

  @Test
  void factsThatAreMissingOrWrongSayWhich() {
    Exception missing =
        assertThrows(DecodeException.class, () -> Space.of(Map.of("name", "Discrete")));
    assertTrue(missing.getMessage().startsWith("A space lacks 'n'"), missing.getMessage());
    Exception wrong =
        assertThrows(DecodeException.class, () -> Space.of(Map.of("name", "Discrete", "n", "two")));
    assertTrue(wrong.getMessage().contains("n, got two"), wrong.getMessage());
  }
}
