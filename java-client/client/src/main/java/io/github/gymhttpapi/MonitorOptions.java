package io.github.gymhttpapi;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a monitor does with earlier data and which episodes it films; what is not set is left to the
 * server.
 */
public final class MonitorOptions {
  private final Map<String, @Nullable Object> parameters = new LinkedHashMap<>();

  /** Creates options that leave everything to the server. */
  public MonitorOptions() {}

  /**
   * Whether monitor data already in the directory are deleted.
   *
   * @param force true to delete them
   * @return these options
   */
  public MonitorOptions force(boolean force) {
    parameters.put("force", force);
    return this;
  }

  /**
   * Whether monitor data already in the directory are kept and added to.
   *
   * @param resume true to keep them
   * @return these options
   */
  public MonitorOptions resume(boolean resume) {
    parameters.put("resume", resume);
    return this;
  }

  /**
   * Whether episodes are filmed: on the server's usual schedule, or never.
   *
   * @param video false for never
   * @return these options
   */
  public MonitorOptions video(boolean video) {
    parameters.put("video_callable", video);
    return this;
  }

  /**
   * Films every n-th episode.
   *
   * @param n 0 for none
   * @return these options
   * @throws IllegalArgumentException when it is negative
   */
  public MonitorOptions videoEvery(int n) {
    parameters.put("video_callable", (int) Checks.atLeast(0, "videoEvery", n));
    return this;
  }

  Map<String, @Nullable Object> parameters() {
    return parameters;
  }
}
