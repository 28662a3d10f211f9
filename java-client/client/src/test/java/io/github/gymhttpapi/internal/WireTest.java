package io.github.gymhttpapi.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents to bytes and back, for what no live environment sends. */
class WireTest {
  private static final BigInteger HUGE = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private static Object json(String text) {
    return Json.decode(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String json(Object value) {
    return new String(Json.encode(value), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        "null",
        "true",
        "[[],{}]",
        "[1,2.5,null,\"x\",true]",
        "[1,18446744073709551616,2]",
        "[0.1,1]",
        "[-0.0,4.9E-324,9.5E99]",
        "[9223372036854775807,-9223372036854775808]",
        "{\"a\":[[1.5,2.5],[3.5]]}",
        "\"\\u0001 \\\" \\\\ ñ 世 🎈\""
      })
  void aJsonDocumentMakesTheRoundTrip(String text) {
    assertEquals(text, json(json(text)));
  }

  @Test
  void doublesAreExactInBothEncodings() {
    double[] doubles =
        new Random(1)
            .longs(3000)
            .mapToDouble(Double::longBitsToDouble)
            .filter(d -> Math.abs(d) < 1e100)
            .toArray();
    NDArray array = NDArray.of(doubles);
    assertEquals(array, NestedLists.array(Json.decode(Json.encode(array)), DType.FLOAT64));
    assertEquals(array, Msgpack.decode(Msgpack.encode(array)));
  }

  @Test
  void valuesWithoutAFormInJsonAreReplaced() {
    assertEquals("[null,1.0E100,-1.0E100]", json(new double[] {Double.NaN, 1 / 0.0, -1 / 0.0}));
    assertEquals("0.10000000149011612", json(0.1f));
    assertEquals("[18446744073709551615]", json(NDArray.of(DType.UINT64, new long[] {-1}, 1)));
    assertEquals("[true,false]", json(new boolean[] {true, false}));
    assertEquals("[[],[]]", json(NDArray.of(new float[0], 2, 0)));
    assertEquals("2.5", json(NDArray.of(DType.FLOAT64, new double[] {2.5})));
  }

  @Test
  void whatStandsForInfinityInJsonIsInfiniteWhereverItIs() {
    double inf = Double.POSITIVE_INFINITY;
    assertEquals(
        Map.of("a", List.of(inf, -inf, 9e99, inf), "b", List.of(1L, inf), "c", -inf),
        json("{\"a\":[1e100,-1e+100,9e99,1.5e300],\"b\":[1,1e100],\"c\":-1.0E100}"));
    String integer = "1" + "0".repeat(100); // exact as it is, so it is no stand-in
    assertEquals(List.of(new BigInteger(integer)), json("[" + integer + "]"));
    assertEquals(
        NDArray.of(new float[] {(float) inf, 1f, Float.NaN}),
        NestedLists.array(json("[1e100,1,null]"), DType.FLOAT32));
  }

  @ParameterizedTest
  @EnumSource
  void arraysOfEveryTypeMakeTheRoundTrip(DType dtype) {
    Object data =
        java.lang.reflect.Array.newInstance(Primitives.storage(dtype).getComponentType(), 6);
    for (int i = 0; i < 6; i++) {
      Primitives.set(
          data, i, dtype == DType.BOOL ? i % 2 : dtype.isUnsigned() ? 40 * i : 20 * i - 60);
    }
    NDArray array = NDArray.of(dtype, data, 3, 2);
    assertEquals(array, Msgpack.decode(Msgpack.encode(array)));
    assertEquals(array, NestedLists.array(Json.decode(Json.encode(array)), dtype));
  }

  @Test
  void plainValuesMakeTheRoundTripInMessagePack() {
    Map<String, Object> document =
        Map.of(
            "long",
            Long.MIN_VALUE,
            "huge",
            HUGE,
            "double",
            -0.0,
            "text",
            "世🎈",
            "list",
            List.of(1L, "x"),
            "map",
            Map.of());
    assertEquals(document, Msgpack.decode(Msgpack.encode(document)));
    assertThrows(IllegalArgumentException.class, () -> Msgpack.encode(HUGE.add(BigInteger.ONE)));
  }

  @Test
  void aBinaryLongerThanTheReplyAsksForNoMemory() {
    byte[] promise = {(byte) 0xc6, 0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
    assertThrows(DecodeException.class, () -> Msgpack.decode(promise));
  }

  @Test
  void arraysWhoseFactsDisagreeAreRefused() {
    for (Map<String, Object> facts :
        List.<Map<String, Object>>of(
            Map.of("dtype", "<f4", "shape", List.of(2)),
            Map.of("dtype", "<c8", "shape", List.of(0), "data", "x"),
            Map.of("dtype", 4, "shape", List.of(1)),
            Map.of("dtype", "<f4", "shape", List.of(-1)))) {
      Map<String, Object> marked = new java.util.HashMap<>(facts);
      marked.put("__ndarray__", true);
      assertThrows(
          DecodeException.class, () -> Msgpack.decode(Msgpack.encode(marked)), facts.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[[1,2],[3]]", "[1,[2]]", "[1,\"2\"]", "{\"a\":1}", "[1.5]", "[null]"})
  void listsThatAreNoArrayOfIntegersAreRefused(String text) {
    assertThrows(DecodeException.class, () -> NestedLists.array(json(text), DType.INT64));
  }

  @Test
  void everyHalfMakesTheRoundTripAndRoundingIsToTheNearest() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Float16.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertEquals((short) bits, Float16.fromFloat(value), "bits " + bits);
      }
    }
    assertTrue(Float.isNaN(Float16.toFloat(Float16.fromFloat(Float.NaN))));
    assertEquals(1f, Float16.toFloat((short) 0x3c00));
    assertEquals(Float.POSITIVE_INFINITY, Float16.toFloat(Float16.fromFloat(65520)));
    assertEquals(65504f, Float16.toFloat(Float16.fromFloat(65519)));
    assertEquals((short) 0x3c00, Float16.fromFloat(1 + 0x1p-11f)); // a tie, to even
    assertEquals((short) 0x3c02, Float16.fromFloat(1 + 3 * 0x1p-11f));
  }
}
