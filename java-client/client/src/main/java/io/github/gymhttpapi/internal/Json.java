package io.github.gymhttpapi.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.github.gymhttpapi.DecodeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Documents as strict JSON: exact numbers, infinity as 1e100 and NaN as null. */
public final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  /** Stands for infinity, which JSON has no literal for; so does whatever is larger. */
  static final double INFINITY = 1e100;

  private Json() {}

  /**
   * Parses one document; integers become Long or BigInteger, other numbers Double, 1e100 infinite.
   */
  public static @Nullable Object decode(byte[] bytes) {
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new DecodeException("The reply is empty, expected JSON", null);
      }
      Object value = value(parser, first);
      if (parser.nextToken() != null) {
        throw new DecodeException("The reply has text after its JSON document", null);
      }
      return value;
    } catch (IOException error) {
      throw new DecodeException("The reply is not valid JSON: " + firstLine(error), error);
    }
  }

  private static String firstLine(IOException error) {
    return String.valueOf(error.getMessage()).split("\n", 2)[0];
  }

  private static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
    switch (token) {
      case START_OBJECT:
        return object(parser);
      case START_ARRAY:
        return array(parser);
      case VALUE_STRING:
        return parser.getText();
      case VALUE_NUMBER_INT:
        return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
            ? parser.getBigIntegerValue()
            : (Number) parser.getLongValue();
      case VALUE_NUMBER_FLOAT:
        return number(parser);
      case VALUE_TRUE:
        return Boolean.TRUE;
      case VALUE_FALSE:
        return Boolean.FALSE;
      default:
        return null;
    }
  }

  private static double number(JsonParser parser) throws IOException {
    double value = parser.getDoubleValue();
    return Math.abs(value) < INFINITY ? value : Math.copySign(Double.POSITIVE_INFINITY, value);
  }

  private static Map<String, @Nullable Object> object(JsonParser parser) throws IOException {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (String key = parser.nextFieldName(); key != null; key = parser.nextFieldName()) {
      map.put(key, value(parser, parser.nextToken()));
    }
    return map;
  }

  private static List<@Nullable Object> array(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.VALUE_NUMBER_FLOAT) {
      return doubles(parser);
    }
    if (isLong(parser, token)) {
      return longs(parser);
    }
    return rest(parser, token, new ArrayList<>());
  }

  private static boolean isLong(JsonParser parser, JsonToken token) throws IOException {
    return token == JsonToken.VALUE_NUMBER_INT
        && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
  }

  private static List<@Nullable Object> doubles(JsonParser parser) throws IOException {
    double[] elements = new double[8];
    int size = 0;
    JsonToken token = JsonToken.VALUE_NUMBER_FLOAT;
    for (; token == JsonToken.VALUE_NUMBER_FLOAT; token = parser.nextToken()) {
      if (size == elements.length) {
        elements = Arrays.copyOf(elements, 2 * size);
      }
      elements[size++] = number(parser);
    }
    List<@Nullable Object> list = new NumberList.Doubles(elements, size);
    return token == JsonToken.END_ARRAY ? list : rest(parser, token, new ArrayList<>(list));
  }

  private static List<@Nullable Object> longs(JsonParser parser) throws IOException {
    long[] elements = new long[8];
    int size = 0;
    JsonToken token = JsonToken.VALUE_NUMBER_INT;
    for (; isLong(parser, token); token = parser.nextToken()) {
      if (size == elements.length) {
        elements = Arrays.copyOf(elements, 2 * size);
      }
      elements[size++] = parser.getLongValue();
    }
    List<@Nullable Object> list = new NumberList.Longs(elements, size);
    return token == JsonToken.END_ARRAY ? list : rest(parser, token, new ArrayList<>(list));
  }

  /** The elements from `token` on, whatever they are. */
  private static List<@Nullable Object> rest(
      JsonParser parser, JsonToken token, List<@Nullable Object> list) throws IOException {
    for (; token != JsonToken.END_ARRAY; token = parser.nextToken()) {
      list.add(value(parser, token));
    }
    return list;
  }

  /** Writes a document of plain values, see {@link ValueWriter}. */
  public static byte[] encode(@Nullable Object document) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (JsonGenerator generator = FACTORY.createGenerator(bytes)) {
      ValueWriter.write(document, new JsonSink(generator));
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
    return bytes.toByteArray();
  }
}
