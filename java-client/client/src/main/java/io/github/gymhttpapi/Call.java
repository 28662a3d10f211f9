package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Json;
import io.github.gymhttpapi.internal.Msgpack;
import io.github.gymhttpapi.internal.NestedLists;
import io.github.gymhttpapi.internal.Reply;
import io.github.gymhttpapi.internal.Request;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One operation asked for: what to send, and how to read the reply. */
final class Call<T extends @Nullable Object> {
  private static final String JSON = Encoding.JSON.contentType();

  private final String operation;
  private final String method;
  private final String path;
  private final @Nullable Map<String, @Nullable Object> body;
  private final @Nullable String accept;
  private final Function<Reply, T> reader;

  private Call(
      String operation,
      String method,
      String path,
      @Nullable Map<String, @Nullable Object> body,
      @Nullable String accept,
      Function<Reply, T> reader) {
    this.operation = operation;
    this.method = method;
    this.path = path;
    this.body = body;
    this.accept = accept;
    this.reader = reader;
  }

  static <T extends @Nullable Object> Call<T> get(
      String operation, String path, Function<Document, T> reader) {
    return new Call<>(operation, "GET", path, null, null, reply -> reader.apply(document(reply)));
  }

  static <T extends @Nullable Object> Call<T> post(
      String operation,
      String path,
      Map<String, @Nullable Object> body,
      Function<Document, T> reader) {
    return new Call<>(operation, "POST", path, body, null, reply -> reader.apply(document(reply)));
  }

  /** A GET whose reply is of the given media type, not a document. */
  static Call<byte[]> getRaw(String operation, String path, String mediaType) {
    return new Call<>(
        operation,
        "GET",
        path,
        null,
        mediaType,
        reply -> {
          if (!reply.contentType.equals(mediaType)) {
            throw new DecodeException("expected " + mediaType + ", got " + summary(reply), null);
          }
          return reply.body;
        });
  }

  /** The same call, asking for MessagePack whatever the client's encoding. */
  Call<T> inMsgpack() {
    return new Call<>(operation, method, path, body, Encoding.MSGPACK.accept(), reader);
  }

  Request request(Encoding encoding, @Nullable String key) {
    byte[] bytes = body == null ? new byte[0] : encode(encoding, body);
    String type = body == null ? null : encoding.contentType();
    return new Request(method, path, accept == null ? encoding.accept() : accept, type, bytes, key);
  }

  boolean isKeyed() {
    return method.equals("POST");
  }

  T read(Reply reply) {
    if (reply.status != 200) {
      throw refusal(reply);
    }
    try {
      return reader.apply(reply);
    } catch (DecodeException error) {
      throw new DecodeException(operation + ": " + error.getMessage(), error.getCause());
    }
  }

  private static byte[] encode(Encoding encoding, Object document) {
    return encoding == Encoding.JSON ? Json.encode(document) : Msgpack.encode(document);
  }

  private static @Nullable Object decode(Reply reply) {
    return reply.contentType.endsWith("msgpack")
        ? Msgpack.decode(reply.body)
        : Json.decode(reply.body);
  }

  private static Document document(Reply reply) {
    boolean known = reply.contentType.equals(JSON) || reply.contentType.endsWith("msgpack");
    if (!known) {
      throw new DecodeException("expected " + JSON + ", got " + summary(reply), null);
    }
    Object document = decode(reply);
    if (document instanceof Map) {
      return new Document((Map<?, ?>) document);
    }
    throw new DecodeException("expected an object, got " + NestedLists.describe(document), null);
  }

  private static ApiException refusal(Reply reply) {
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

  private static String summary(Reply reply) {
    String type = reply.contentType.isEmpty() ? "no content type" : reply.contentType;
    String start =
        new String(reply.body, 0, Math.min(reply.body.length, 200), StandardCharsets.UTF_8);
    String line = start.replaceAll("\\s+", " ").strip();
    return reply.body.length == 0
        ? type + " and an empty body"
        : type + ": " + NestedLists.describe(line);
  }
}
