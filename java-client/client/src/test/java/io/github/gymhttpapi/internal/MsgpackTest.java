package io.github.gymhttpapi.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.gymhttpapi.DType;
import io.github.gymhttpapi.DecodeException;
import io.github.gymhttpapi.NDArray;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;
import org.msgpack.value.Value;

/** The codec beside the format's reference implementation, and against bytes that are none. */
@Execution(ExecutionMode.CONCURRENT)
class MsgpackTest {
  private static final BigInteger HUGE = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private interface Writing {
    void to(MessagePacker packer) throws IOException;
  }

  private static byte[] reference(Writing writing) throws IOException {
    try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
      writing.to(packer);
      return packer.toByteArray();
    }
  }

  private static Value reference(byte[] bytes) throws IOException {
    return MessagePack.newDefaultUnpacker(bytes).unpackValue();
  }

  /** Both read what either writes, and write the same bytes. */
  private static void assertAlike(Object value, Writing writing) throws IOException {
    byte[] expected = reference(writing);
    assertArrayEquals(expected, Msgpack.encode(value), () -> "written: " + value);
    assertEquals(value, Msgpack.decode(expected));
  }

  @Test
  void integersOfEveryWidth() throws IOException {
    for (int bits = 0; bits < 64; bits++) {
      for (long near = -2; near <= 2; near++) {
        for (long value : new long[] {(1L << bits) + near, -(1L << bits) + near}) {
          assertAlike(value, packer -> packer.packLong(value));
        }
      }
    }
    assertAlike(HUGE, packer -> packer.packBigInteger(HUGE));
    assertEquals(7L, Msgpack.decode(Msgpack.encode(BigInteger.valueOf(7))));
    for (BigInteger beyond : List.of(HUGE.add(BigInteger.ONE), HUGE.negate())) {
      assertThrows(IllegalArgumentException.class, () -> Msgpack.encode(beyond));
    }
  }

  @Test
  void floatsAreExact() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      assertAlike(value, packer -> packer.packDouble(value));
      float narrow = Float.intBitsToFloat(random.nextInt());
      assertEquals((double) narrow, Msgpack.decode(reference(packer -> packer.packFloat(narrow))));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536, 70000})
  void everyLength(int length) throws IOException {
    String text = "世".repeat(length / 3) + "x".repeat(length % 3);
    assertAlike(text, packer -> packer.packString(text));
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    byte[] binary =
        reference(packer -> packer.packBinaryHeader(length).writePayload(bytes, 0, length));
    assertArrayEquals(bytes, (byte[]) Msgpack.decode(binary));
    List<Object> list = new ArrayList<>(Collections.nCopies(length, null));
    assertAlike(
        list,
        packer -> {
          packer.packArrayHeader(length);
          for (int i = 0; i < length; i++) {
            packer.packNil();
          }
        });
    Map<String, Object> map = new LinkedHashMap<>();
    IntStream.range(0, length).forEach(i -> map.put("k" + i, i % 2 == 0));
    assertAlike(
        map,
        packer -> {
          packer.packMapHeader(length);
          for (int i = 0; i < length; i++) {
            packer.packString("k" + i).packBoolean(i % 2 == 0);
          }
        });
  }

  @Test
  void arraysAreMarkedMaps() throws IOException {
    NDArray array = NDArray.of(new float[70_000], 7, 10_000);
    Value map = reference(Msgpack.encode(array));
    assertEquals(4, map.asMapValue().size());
    String facts = "{\"__ndarray__\":true,\"dtype\":\"<f4\",\"shape\":[7,10000],";
    assertTrue(map.toJson().startsWith(facts), map.toJson().substring(0, 100));
    assertEquals(array, Msgpack.decode(Msgpack.encode(array)));
  }

  @Test
  void aReplyThatEndsTooEarlyIsRefusedWhereverItEnds() {
    byte[] whole =
        Msgpack.encode(
            Map.of("observation", NDArray.of(new float[] {1, 2}), "info", Map.of("x", 1e9)));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThrows(DecodeException.class, () -> Msgpack.decode(cut));
    }
    assertThrows(DecodeException.class, () -> Msgpack.decode(Arrays.copyOf(whole, 1000)));
  }

  @Test
  void whateverTheBytesAreOnlyADecodeExceptionIsThrown() {
    byte[] whole =
        Msgpack.encode(
            Map.of("a", NDArray.of(new long[] {1, 2}, 2, 1), "b", List.of("text", -1, HUGE)));
    Random random = new Random(2);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = whole.clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        Msgpack.decode(bytes);
      } catch (DecodeException expected) {
        // which says what is wrong
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c1", // never used
        "d60000", // an extension
        "c67fffffff", // 2 GB of bytes promised
        "ddffffffff", // 4 billion elements promised
        "dfffffffff",
        "8101c0", // a key that is no text
        "a1ff", // no UTF-8
        "c0c0",
        ""
      })
  void whatTheApiDoesNotUseIsRefused(String hex) {
    byte[] bytes = hex.isEmpty() ? new byte[0] : new BigInteger("01" + hex, 16).toByteArray();
    byte[] document = hex.isEmpty() ? bytes : Arrays.copyOfRange(bytes, 1, bytes.length);
    assertThrows(DecodeException.class, () -> Msgpack.decode(document));
  }

  @Test
  void whatNestsWithoutEndIsRefusedOnEitherSide() {
    byte[] lists = new byte[100_000];
    Arrays.fill(lists, (byte) 0x91);
    assertThrows(DecodeException.class, () -> Msgpack.decode(lists));
    List<Object> itself = new ArrayList<>();
    itself.add(itself);
    assertThrows(IllegalArgumentException.class, () -> Msgpack.encode(itself));
    assertThrows(IllegalArgumentException.class, () -> Json.encode(itself));
    assertThrows(IllegalArgumentException.class, () -> Msgpack.encode("\ud800"));
    assertThrows(IllegalArgumentException.class, () -> Json.encode(Map.of("\udc00", 1)));
  }

  @Test
  void arraysWhoseFactsDisagreeAreRefused() throws IOException {
    assertEquals(NDArray.of(DType.FLOAT32, new float[2], 2), Msgpack.decode(array("<f4", 8, 2)));
    for (byte[] bytes :
        List.of(
            array("<f4", 4, 2),
            array("<f4", 3, 1),
            array("<c8", 8, 1),
            array("<f4", 0, -1),
            array("<f4", 0, 1L << 32),
            array("<f4", 0, 1 << 20, 1 << 22, 1 << 22))) {
      assertThrows(DecodeException.class, () -> Msgpack.decode(bytes), Arrays.toString(bytes));
    }
    byte[] shapeless =
        reference(packer -> packer.packMapHeader(1).packString("__ndarray__").packBoolean(true));
    assertThrows(DecodeException.class, () -> Msgpack.decode(shapeless));
  }

  private static byte[] array(String dtype, int bytes, long... shape) throws IOException {
    return reference(
        packer -> {
          packer.packMapHeader(4).packString("__ndarray__").packBoolean(true);
          packer.packString("dtype").packString(dtype);
          packer.packString("shape").packArrayHeader(shape.length);
          for (long length : shape) {
            packer.packLong(length);
          }
          packer.packString("data").packBinaryHeader(bytes).writePayload(new byte[bytes]);
        });
  }
}
