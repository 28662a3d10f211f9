package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.Encoding;
import io.github.gymhttpapi.GymClient;
import io.github.gymhttpapi.GymClientBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The client that {@code connect} made, in the face that it asked for. */
final class Connected implements AutoCloseable {
  private @Nullable GymClient client;
  private @Nullable Face face;

  /** Replaces the client, and says what this one can do. */
  Map<String, Object> connect(Map<?, ?> args) {
    close();
    GymClientBuilder builder = GymClient.builder(Arguments.text(args, "base"));
    Arguments.when(
        args,
        "encoding",
        name -> builder.encoding(Encoding.valueOf(((String) name).toUpperCase(Locale.ROOT))));
    Arguments.when(args, "timeout", value -> builder.timeout(seconds((Number) value)));
    Arguments.when(args, "token", value -> builder.token((String) value));
    Arguments.when(args, "retries", value -> builder.retries(((Long) value).intValue()));
    GymClient made = builder.build();
    client = made;
    face = "typed".equals(args.get("face")) ? new TypedFace(made) : new FlatFace(made);
    return Map.of(
        "client",
        "gym-http-client",
        "language",
        "Java " + Runtime.version().feature(),
        "operations",
        FlatFace.OPERATIONS,
        "encodings",
        List.of("json", "msgpack"),
        "faces",
        List.of("flat", "typed"),
        "integers",
        64);
  }

  @Nullable Object call(String op, Map<?, ?> args) {
    return Objects.requireNonNull(face, "connect comes first").call(op, args);
  }

  private static Duration seconds(Number value) {
    return Duration.ofNanos((long) (value.doubleValue() * 1e9));
  }

  @Override
  public void close() {
    if (face != null) {
      face.close();
    }
    if (client != null) {
      client.close();
    }
  }
}
