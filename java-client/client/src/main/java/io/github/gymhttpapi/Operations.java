package io.github.gymhttpapi;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Every operation of the API, by the operationId of its contract. */
final class Operations {
  private static final List<String> STEP_KEYS = List.of("observation", "reward");
  private static final List<String> STEP_FLAGS = List.of("done", "terminated", "truncated");

  private Operations() {}

  static Call<String> envCreate(String envId, EnvOptions options) {
    Map<String, @Nullable Object> body = body("env_id", envId);
    body.putAll(options.parameters());
    return Call.post("env_create", "/v1/envs/", body, reply -> reply.text("instance_id"));
  }

  static Call<Map<String, String>> envListAll() {
    return Call.get("env_list_all", "/v1/envs/", reply -> reply.texts("envs"));
  }

  static Call<Map<String, @Nullable Object>> envInfo(String id) {
    return Call.get(
        "env_info",
        env(id, ""),
        reply -> {
          reply.text("env_id");
          return reply.all();
        });
  }

  static Call<Map<String, @Nullable Object>> envReset(String id, ResetOptions options) {
    return Call.post(
        "env_reset",
        env(id, "reset/"),
        options.parameters(),
        reply -> {
          reply.require(List.of("observation"), List.of()).map("info");
          return reply.all();
        });
  }

  static Call<Map<String, @Nullable Object>> envStep(
      String id, @Nullable Object action, @Nullable Boolean render) {
    Map<String, @Nullable Object> body = body("action", action);
    if (render != null) {
      body.put("render", render);
    }
    return Call.post(
        "env_step",
        env(id, "step/"),
        body,
        reply -> {
          reply.require(STEP_KEYS, STEP_FLAGS).requireNumber("reward").map("info");
          return reply.all();
        });
  }

  static Call<byte[]> envRender(String id) {
    return Call.getRaw("env_render", env(id, "render/"), "image/png");
  }

  static Call<NDArray> envRenderFrame(String id) {
    return Call.get("env_render", env(id, "render/"), reply -> reply.array("frame")).inMsgpack();
  }

  static Call<Map<String, @Nullable Object>> envActionSpaceInfo(String id) {
    return spaceInfo("env_action_space_info", env(id, "action_space/"));
  }

  static Call<@Nullable Object> envActionSpaceSample(String id) {
    return Call.get(
        "env_action_space_sample", env(id, "action_space/sample"), reply -> reply.value("action"));
  }

  static Call<Boolean> envActionSpaceContains(String id, @Nullable Object value) {
    return contains(
        "env_action_space_contains", env(id, "action_space/contains"), body("value", value));
  }

  static Call<Map<String, @Nullable Object>> envObservationSpaceInfo(String id) {
    return spaceInfo("env_observation_space_info", env(id, "observation_space/"));
  }

  static Call<Boolean> envObservationSpaceContains(String id, @Nullable Object value) {
    return envObservationSpaceMatches(id, body("value", value));
  }

  static Call<Boolean> envObservationSpaceMatches(String id, Map<String, @Nullable Object> facts) {
    return contains("env_observation_space_contains", env(id, "observation_space/contains"), facts);
  }

  static Call<@Nullable Void> envMonitorStart(String id, String directory, MonitorOptions options) {
    Map<String, @Nullable Object> body = body("directory", directory);
    body.putAll(options.parameters());
    return Call.post("env_monitor_start", env(id, "monitor/start/"), body, reply -> null);
  }

  static Call<@Nullable Void> envMonitorClose(String id) {
    return Call.post("env_monitor_close", env(id, "monitor/close/"), Map.of(), reply -> null);
  }

  static Call<@Nullable Void> envClose(String id) {
    return Call.post("env_close", env(id, "close/"), Map.of(), reply -> null);
  }

  static Call<List<Map<String, @Nullable Object>>> registryList() {
    return Call.get("registry_list", "/v1/registry/", reply -> reply.maps("envs"));
  }

  static Call<Map<String, @Nullable Object>> upload(
      String trainingDir, String apiKey, @Nullable String algorithmId) {
    Map<String, @Nullable Object> body = body("training_dir", trainingDir);
    body.put("api_key", apiKey);
    if (algorithmId != null) {
      body.put("algorithm_id", algorithmId);
    }
    return Call.post(
        "upload",
        "/v1/upload/",
        body,
        reply -> {
          reply.require(List.of("evaluation_id"), List.of());
          return reply.all();
        });
  }

  static Call<List<Map<String, @Nullable Object>>> scoreboardList(
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
    return Call.get(
        "scoreboard_list", "/v1/scoreboard/" + query, reply -> reply.maps("evaluations"));
  }

  static Call<Map<String, @Nullable Object>> health() {
    return Call.get(
        "health",
        "/v1/health/",
        reply -> {
          reply.text("status");
          return reply.all();
        });
  }

  static Call<byte[]> openapi() {
    return Call.getRaw("openapi", "/v1/openapi.yaml", "application/yaml");
  }

  static Call<@Nullable Void> shutdown() {
    return Call.post("shutdown", "/v1/shutdown/", Map.of(), reply -> null);
  }

  private static Call<Map<String, @Nullable Object>> spaceInfo(String operation, String path) {
    return Call.get(
        operation,
        path,
        reply -> {
          reply.map("info");
          return reply.all();
        });
  }

  private static Call<Boolean> contains(
      String operation, String path, Map<String, @Nullable Object> body) {
    Function<Document, Boolean> member = reply -> reply.flag("member");
    return Call.post(operation, path, body, member);
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
