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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents to bytes and back, for what no live environment sends. */
class WireTest {
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
          dtype, data, i, dtype == DType.BOOL ? i % 2 : dtype.isUnsigned() ? 40 * i : 20 * i - 60);
    }
    NDArray array = NDArray.of(dtype, data, 3, 2);
    assertEquals(array, Msgpack.decode(Msgpack.encode(array)));
    assertEquals(array, NestedLists.array(Json.decode(Json.encode(array)), dtype));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[[1,2],[3]]", "[1,[2]]", "[1,\"2\"]", "{\"a\":1}", "[1.5]", "[null]"})
  void listsThatAreNoArrayOfIntegersAreRefused(String text) {
    assertThrows(DecodeException.class, () -> NestedLists.rounded(json(text), DType.INT64));
  }

  /** As MessagePack gives them, which tells the type that the environment used. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[0.5,0.25]; UINT8; FLOAT64",
        "[1,null]; INT32; FLOAT64",
        "[1e100,1]; INT32; FLOAT64",
        "[300,1]; UINT8; INT64",
        "[-1,1]; UINT8; INT64",
        "[2.0,1.0]; UINT8; UINT8",
        "[2,1]; BOOL; INT64",
        "[true,false]; BOOL; BOOL",
        "[true,false]; INT8; INT8",
        "[128,-128]; INT8; INT64",
        "[18446744073709551615,1]; INT64; UINT64",
        "[18446744073709551615,1]; UINT64; UINT64",
        "[-1,1]; UINT64; INT64",
        "[0.1,1]; FLOAT32; FLOAT64",
        "[0.10000000149011612,1,null,1e100,-0.0]; FLOAT32; FLOAT32",
        "[1e50,1.5]; FLOAT32; FLOAT64",
        "[16777217,1]; FLOAT32; INT64",
        "[0.1,1]; FLOAT16; FLOAT64",
        "[0.0999755859375,65504.0,null]; FLOAT16; FLOAT16",
        "[9007199254740993,1]; FLOAT64; INT64",
        "[9007199254740993,0.5]; FLOAT64; FLOAT64"
      })
  void whatTheSpacesTypeCannotHoldKeepsItsValue(String text, DType declared, DType expected) {
    NDArray array = NestedLists.array(json(text), declared);
    assertEquals(expected, array.dtype());
    List<?> values = (List<?>) json(text);
    for (int i = 0; i < values.size(); i++) {
      Object value = values.get(i);
      double number =
          value instanceof Boolean ? ((Boolean) value ? 1 : 0) : NestedLists.toDouble(value);
      assertEquals(number, array.doubleAt(i));
    }
    assertThrows(
        DecodeException.class, () -> NestedLists.array(json("[18446744073709551616]"), DType.INT8));
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
