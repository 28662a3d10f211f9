package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Json;
import io.github.gymhttpapi.internal.Msgpack;
import io.github.gymhttpapi.internal.NestedLists;
import io.github.gymhttpapi.internal.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A reply's object, read with a clear error where it is not what the operation promises. */
final class Document {
  private final Map<?, ? extends @Nullable Object> entries;

  Document(Map<?, ? extends @Nullable Object> entries) {
    this.entries = entries;
  }

  /** The object that a reply holds, in either encoding. */
  static Document of(Reply reply) {
    if (!isJson(reply) && !isMsgpack(reply)) {
      throw new DecodeException("expected application/json, got " + summary(reply), null);
    }
    Object document = decode(reply);
    if (document instanceof Map) {
      return new Document((Map<?, ?>) document);
    }
    throw new DecodeException("expected an object, got " + NestedLists.describe(document), null);
  }

  /** The body of a reply that is no document. */
  static byte[] raw(Reply reply, String mediaType) {
    if (!reply.contentType.equals(mediaType)) {
      throw new DecodeException("expected " + mediaType + ", got " + summary(reply), null);
    }
    return reply.body;
  }

  /** What a reply whose status is not 200 says. */
  static ApiException refusal(Reply reply) {
    try {
      Object document = decode(reply);
      if (document instanceof Map) {
        Object message = ((Map<?, ?>) document).get("message");
        Object code = ((Map<?, ?>) document).get("code");
        if (message instanceof String && !((String) message).isEmpty()) {
          return new ApiException(
              reply.status, code instanceof String ? (String) code : null, (String) message);
        }
      }
    } catch (DecodeException notOurs) {
      // A gateway's page, say: what it is goes into the message below.
    }
    return new ApiException(
        reply.status, null, "HTTP status " + reply.status + " with " + summary(reply));
  }

  private static boolean isJson(Reply reply) {
    return reply.contentType.equals(Encoding.JSON.contentType());
  }

  private static boolean isMsgpack(Reply reply) {
    return reply.contentType.endsWith("msgpack");
  }

  private static @Nullable Object decode(Reply reply) {
    return isMsgpack(reply) ? Msgpack.decode(reply.body) : Json.decode(reply.body);
  }

  private static String summary(Reply reply) {
    String type = reply.contentType.isEmpty() ? "no content type" : reply.contentType;
    int length = Math.min(reply.body.length, 200);
    String start = new String(reply.body, 0, length, StandardCharsets.UTF_8);
    String line = start.replaceAll("\\s+", " ").strip();
    return reply.body.length == 0
        ? type + " and an empty body"
        : type + ": " + NestedLists.describe(line);
  }

  @Nullable Object value(String key) {
    if (!entries.containsKey(key)) {
      throw new DecodeException(
          "the reply lacks '" + key + "': " + NestedLists.describe(entries), null);
    }
    return entries.get(key);
  }

  private Object checked(String key, String what, Predicate<@Nullable Object> test) {
    Object value = value(key);
    if (value == null || !test.test(value)) {
      throw new DecodeException(
          "expected '" + key + "' to be " + what + ", got " + NestedLists.describe(value), null);
    }
    return value;
  }

  String text(String key) {
    return (String) checked(key, "text", String.class::isInstance);
  }

  boolean flag(String key) {
    return (Boolean) checked(key, "true or false", Boolean.class::isInstance);
  }

  Map<String, @Nullable Object> map(String key) {
    return named((Map<?, ?>) checked(key, "an object", Map.class::isInstance));
  }

  List<Map<String, @Nullable Object>> maps(String key) {
    List<?> list = (List<?>) checked(key, "a list", List.class::isInstance);
    List<Map<String, @Nullable Object>> maps = new ArrayList<>();
    for (Object part : list) {
      if (!(part instanceof Map)) {
        throw new DecodeException(
            "expected '" + key + "' to hold objects, got " + NestedLists.describe(part), null);
      }
      maps.add(named((Map<?, ?>) part));
    }
    return Collections.unmodifiableList(maps);
  }

  Map<String, String> texts(String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    map(key)
        .forEach(
            (name, value) -> {
              if (!(value instanceof String)) {
                throw new DecodeException(
                    "expected '" + key + "' to hold text, got " + NestedLists.describe(value),
                    null);
              }
              texts.put(name, (String) value);
            });
    return Collections.unmodifiableMap(texts);
  }

  NDArray array(String key) {
    return (NDArray) checked(key, "an array", NDArray.class::isInstance);
  }

  Map<String, @Nullable Object> all() {
    return named(entries);
  }

  /**
   * Fails unless the reply has the given keys, and what `flags` name are booleans or batches of
   * them.
   */
  Document require(List<String> keys, List<String> flags) {
    keys.forEach(this::value);
    for (String key : flags) {
      checked(
          key,
          "true or false",
          v -> v instanceof Boolean || v instanceof List || v instanceof NDArray);
    }
    return this;
  }

  Document requireNumber(String key) {
    Object value = value(key);
    boolean number =
        value == null
            || value instanceof Number
            || value instanceof List
            || value instanceof NDArray;
    if (!number) {
      throw new DecodeException(
          "expected '" + key + "' to be a number, got " + NestedLists.describe(value), null);
    }
    return this;
  }

  @SuppressWarnings("unchecked") // both decoders make maps with text for keys only
  private static Map<String, @Nullable Object> named(Map<?, ? extends @Nullable Object> map) {
    return Collections.unmodifiableMap((Map<String, @Nullable Object>) map);
  }
}
