package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.ApiException;
import io.github.gymhttpapi.GymException;
import io.github.gymhttpapi.internal.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The conformance driver: reads JSON lines on standard input, calls the client, writes a JSON line
 * for each on standard output.
 *
 * <p>See {@code conformance/PROTOCOL.md} at the root of the repository.
 */
public final class Driver {
  private Driver() {}

  public static void main(String[] args) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    try (Connected connected = new Connected()) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        Object request = Json.decode(line.getBytes(StandardCharsets.UTF_8));
        byte[] reply = Json.encode(answer(connected, (Map<?, ?>) Objects.requireNonNull(request)));
        out.write(reply, 0, reply.length);
        out.write('\n');
        out.flush();
      }
    }
  }

  private static Map<String, @Nullable Object> answer(Connected connected, Map<?, ?> request) {
    String op = (String) Objects.requireNonNull(request.get("op"));
    Map<?, ?> args = (Map<?, ?>) Objects.requireNonNullElse(request.get("args"), Map.of());
    Map<String, @Nullable Object> answer = new LinkedHashMap<>();
    answer.put("id", request.get("id"));
    try {
      Object value = op.equals("connect") ? connected.connect(args) : connected.call(op, args);
      answer.put("ok", true);
      answer.put("value", Numbers.spelled(value));
    } catch (GymException error) {
      answer.put("ok", false);
      answer.put("error", facts(error));
    } catch (UnsupportedOperationException error) {
      answer.put("ok", false);
      answer.put("error", Map.of("kind", "unsupported", "message", "no operation " + op));
    }
    return answer;
  }

  private static Map<String, @Nullable Object> facts(GymException error) {
    Map<String, @Nullable Object> facts = new LinkedHashMap<>();
    facts.put("kind", error.kind().name().toLowerCase(Locale.ROOT));
    if (error instanceof ApiException) {
      facts.put("status", ((ApiException) error).status());
      if (((ApiException) error).code() != null) {
        facts.put("code", ((ApiException) error).code());
      }
    }
    facts.put("message", error.getMessage());
    return facts;
  }
}
