package io.github.gymhttpapi.conformance;

import io.github.gymhttpapi.EnvOptions;
import io.github.gymhttpapi.MonitorOptions;
import io.github.gymhttpapi.ResetOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the suite passes, as the client takes it; what is absent is not set. */
final class Arguments {
  private Arguments() {}

  static EnvOptions envOptions(Map<?, ?> args) {
    EnvOptions options = new EnvOptions();
    when(args, "seed", value -> options.seed((Long) value));
    when(args, "kwargs", value -> options.kwargs(named(value)));
    when(args, "max_episode_steps", value -> options.maxEpisodeSteps(((Long) value).intValue()));
    when(args, "num_envs", value -> options.numEnvs(((Long) value).intValue()));
    when(args, "vectorization_mode", value -> options.vectorizationMode((String) value));
    when(args, "autoreset_mode", value -> options.autoresetMode((String) value));
    if (args.containsKey("render_mode")) {
      options.renderMode((String) args.get("render_mode"));
    }
    return options;
  }

  static ResetOptions resetOptions(Map<?, ?> args) {
    ResetOptions options = new ResetOptions();
    when(
        args,
        "seed",
        value -> {
          if (value instanceof List) {
            options.seeds(((List<?>) value).stream().mapToLong(seed -> (Long) seed).toArray());
          } else {
            options.seed((Long) value);
          }
        });
    when(args, "options", value -> options.options(named(value)));
    return options;
  }

  static MonitorOptions monitorOptions(Map<?, ?> args) {
    MonitorOptions options = new MonitorOptions();
    when(args, "force", value -> options.force((Boolean) value));
    when(args, "resume", value -> options.resume((Boolean) value));
    when(
        args,
        "video_callable",
        value -> {
          if (value instanceof Boolean) {
            options.video((Boolean) value);
          } else {
            options.videoEvery(((Long) value).intValue());
          }
        });
    return options;
  }

  static void when(Map<?, ?> args, String name, Consumer<Object> set) {
    Object value = args.get(name);
    if (value != null) {
      set.accept(value);
    }
  }

  static String text(Map<?, ?> args, String name) {
    return (String) Objects.requireNonNull(args.get(name), name);
  }

  static Map<String, @Nullable Object> named(@Nullable Object map) {
    Map<String, @Nullable Object> named = new LinkedHashMap<>();
    ((Map<?, ?>) Objects.requireNonNull(map))
        .forEach((key, value) -> named.put((String) key, value));
    return named;
  }
}
