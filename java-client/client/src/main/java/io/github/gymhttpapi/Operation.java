package io.github.gymhttpapi;

import io.github.gymhttpapi.internal.Reply;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One operation asked for: what is sent, and how the reply is read. */
final class Operation<T extends @Nullable Object> {
  private static final List<String> STEP_KEYS = List.of("observation", "reward");
  private static final List<String> STEP_FLAGS = List.of("done", "terminated", "truncated");

  final String name;
  final String method;
  final String path;
  final @Nullable Map<String, @Nullable Object> body;

  /** What to ask for, where that does not depend on the encoding. */
  final @Nullable String accept;

  /** Whether it is asked for through an environment, rather than flat. */
  final boolean isTyped;

  private final Function<Reply, T> reader;

  private Operation(
      String name,
      String method,
      String path,
      @Nullable Map<String, @Nullable Object> body,
      @Nullable String accept,
      boolean isTyped,
      Function<Reply, T> reader) {
    this.name = name;
    this.method = method;
    this.path = path;
    this.body = body;
    this.accept = accept;
    this.isTyped = isTyped;
    this.reader = reader;
  }

  private static <T extends @Nullable Object> Operation<T> get(
      String name, String path, Function<Document, T> reader) {
    return new Operation<>(
        name, "GET", path, null, null, false, reply -> reader.apply(Document.of(reply)));
  }

  private static <T extends @Nullable Object> Operation<T> post(
      String name, String path, Map<String, @Nullable Object> body, Function<Document, T> reader) {
    return new Operation<>(
        name, "POST", path, body, null, false, reply -> reader.apply(Document.of(reply)));
  }

  /** A GET whose reply is of the given media type, not a document. */
  private static <T> Operation<T> getRaw(
      String name, String path, String mediaType, Function<byte[], T> reader) {
    return new Operation<>(
        name,
        "GET",
        path,
        null,
        mediaType,
        false,
        reply -> reader.apply(Document.raw(reply, mediaType)));
  }

  private Operation<T> inMsgpack() {
    return new Operation<>(name, method, path, body, Encoding.MSGPACK.accept(), isTyped, reader);
  }

  /** The same operation asked for through an environment, which reads the result further. */
  <R extends @Nullable Object> Operation<R> typed(Function<? super T, ? extends R> further) {
    return new Operation<>(
        name, method, path, body, accept, true, reply -> further.apply(reader.apply(reply)));
  }

  /**
   * Reads a reply.
   *
   * @throws ApiException when its status is not 200
   * @throws DecodeException when it is not what the operation promises
   */
  T read(Reply reply) {
    if (reply.status != 200) {
      throw Document.refusal(reply);
    }
    try {
      return reader.apply(reply);
    } catch (DecodeException error) {
      throw new DecodeException(name + ": " + error.getMessage(), error.getCause());
    } catch (RuntimeException error) { // shapes that contradict each other, say
      throw new DecodeException(name + ": the reply makes no sense: " + error.getMessage(), error);
    }
  }

  static Operation<String> envCreate(String envId, EnvOptions options) {
    Map<String, @Nullable Object> body = body("env_id", envId);
    body.putAll(options.parameters());
    return post("env_create", "/v1/envs/", body, reply -> reply.text("instance_id"));
  }

  static Operation<Map<String, String>> envListAll() {
    return get("env_list_all", "/v1/envs/", reply -> reply.texts("envs"));
  }

  static Operation<Map<String, @Nullable Object>> envInfo(String id) {
    return get(
        "env_info",
        env(id, ""),
        reply -> {
          reply.text("env_id");
          return reply.all();
        });
  }

  static Operation<Map<String, @Nullable Object>> envReset(String id, ResetOptions options) {
    return post(
        "env_reset",
        env(id, "reset/"),
        options.parameters(),
        reply -> {
          reply.require(List.of("observation"), List.of()).map("info");
          return reply.all();
        });
  }

  static Operation<Map<String, @Nullable Object>> envStep(
      String id, @Nullable Object action, @Nullable Boolean render) {
    Map<String, @Nullable Object> body = body("action", action);
    if (render != null) {
      body.put("render", render);
    }
    return post(
        "env_step",
        env(id, "step/"),
        body,
        reply -> {
          reply.require(STEP_KEYS, STEP_FLAGS).requireNumber("reward").map("info");
          return reply.all();
        });
  }

  static Operation<byte[]> envRender(String id) {
    return getRaw("env_render", env(id, "render/"), "image/png", png -> png);
  }

  static Operation<NDArray> envRenderFrame(String id) {
    return get("env_render", env(id, "render/"), reply -> reply.array("frame")).inMsgpack();
  }

  static Operation<@Nullable Object> envGetAttr(String id, String name, boolean call) {
    Map<String, @Nullable Object> body = body("name", name);
    if (call) {
      body.put("call", true);
    }
    return post("env_get_attr", env(id, "get_attr/"), body, reply -> reply.value("value"));
  }

  static Operation<Map<String, @Nullable Object>> envActionSpaceInfo(String id) {
    return spaceInfo("env_action_space_info", env(id, "action_space/"));
  }

  static Operation<@Nullable Object> envActionSpaceSample(String id) {
    return get(
        "env_action_space_sample", env(id, "action_space/sample"), reply -> reply.value("action"));
  }

  static Operation<Boolean> envActionSpaceContains(String id, @Nullable Object value) {
    return contains(
        "env_action_space_contains", env(id, "action_space/contains"), body("value", value));
  }

  static Operation<Map<String, @Nullable Object>> envObservationSpaceInfo(String id) {
    return spaceInfo("env_observation_space_info", env(id, "observation_space/"));
  }

  static Operation<Boolean> envObservationSpaceContains(String id, @Nullable Object value) {
    return envObservationSpaceMatches(id, body("value", value));
  }

  static Operation<Boolean> envObservationSpaceMatches(
      String id, Map<String, @Nullable Object> facts) {
    return contains("env_observation_space_contains", env(id, "observation_space/contains"), facts);
  }

  static Operation<@Nullable Void> envMonitorStart(
      String id, String directory, MonitorOptions options) {
    Map<String, @Nullable Object> body = body("directory", directory);
    body.putAll(options.parameters());
    return post("env_monitor_start", env(id, "monitor/start/"), body, reply -> null);
  }

  static Operation<@Nullable Void> envMonitorClose(String id) {
    return post("env_monitor_close", env(id, "monitor/close/"), Map.of(), reply -> null);
  }

  static Operation<@Nullable Void> envClose(String id) {
    return post("env_close", env(id, "close/"), Map.of(), reply -> null);
  }

  static Operation<List<Map<String, @Nullable Object>>> registryList() {
    return get("registry_list", "/v1/registry/", reply -> reply.maps("envs"));
  }

  static Operation<Map<String, @Nullable Object>> upload(
      String trainingDir, String apiKey, @Nullable String algorithmId) {
    Map<String, @Nullable Object> body = body("training_dir", trainingDir);
    body.put("api_key", apiKey);
    if (algorithmId != null) {
      body.put("algorithm_id", algorithmId);
    }
    return post(
        "upload",
        "/v1/upload/",
        body,
        reply -> {
          reply.require(List.of("evaluation_id"), List.of());
          return reply.all();
        });
  }

  static Operation<List<Map<String, @Nullable Object>>> scoreboardList(
      @Nullable String envId, @Nullable String algorithmId) {
    StringBuilder query = new StringBuilder();
    if (envId != null) {
      query.append("?env_id=").append(quote(envId));
    }
    if (algorithmId != null) {
      query
          .append(query.length() == 0 ? "?" : "&")
          .append("algorithm_id=")
          .append(quote(algorithmId));
    }
    return get("scoreboard_list", "/v1/scoreboard/" + query, reply -> reply.maps("evaluations"));
  }

  static Operation<Map<String, @Nullable Object>> health() {
    return get(
        "health",
        "/v1/health/",
        reply -> {
          reply.text("status");
          return reply.all();
        });
  }

  static Operation<String> openapi() {
    return getRaw(
        "openapi",
        "/v1/openapi.yaml",
        "application/yaml",
        yaml -> new String(yaml, StandardCharsets.UTF_8));
  }

  static Operation<@Nullable Void> shutdown() {
    return post("shutdown", "/v1/shutdown/", Map.of(), reply -> null);
  }

  private static Operation<Map<String, @Nullable Object>> spaceInfo(String operation, String path) {
    return get(
        operation,
        path,
        reply -> {
          reply.map("info");
          return reply.all();
        });
  }

  private static Operation<Boolean> contains(
      String operation, String path, Map<String, @Nullable Object> body) {
    Function<Document, Boolean> member = reply -> reply.flag("member");
    return post(operation, path, body, member);
  }

  private static Map<String, @Nullable Object> body(String key, @Nullable Object value) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put(key, value);
    return body;
  }

  private static String env(String id, String rest) {
    return "/v1/envs/" + quote(id) + "/" + rest;
  }

  private static String quote(String part) {
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if (c > 'z' || !(c >= 'a' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9')) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
      }
    }
    return part;
  }
}
