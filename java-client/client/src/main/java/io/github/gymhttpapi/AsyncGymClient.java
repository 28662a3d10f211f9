package io.github.gymhttpapi;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The operations of {@link GymClient} without waiting: each call in flight has a thread and a
 * connection of its own.
 *
 * <p>A future fails with the {@link GymException} that the same method of {@link GymClient} would
 * throw. Cancelling one, or {@link CompletableFuture#orTimeout}, ends its call and frees the
 * connection; the server may carry it out all the same. The server carries out the calls to one
 * instance one after the other, in the order in which they arrive: wait for a step before asking
 * for the next.
 */
public final class AsyncGymClient {
  private final Session session;

  AsyncGymClient(Session session) {
    this.session = session;
  }

  private <T extends @Nullable Object> CompletableFuture<T> send(Operation<T> operation) {
    return session.sendAsync(operation);
  }

  /** {@link GymClient#envCreate(String)} without waiting. */
  public CompletableFuture<String> envCreate(String envId) {
    return send(Operation.envCreate(envId, new EnvOptions()));
  }

  /** {@link GymClient#envCreate(String, EnvOptions)} without waiting. */
  public CompletableFuture<String> envCreate(String envId, EnvOptions options) {
    return send(Operation.envCreate(envId, options));
  }

  /** {@link GymClient#envListAll()} without waiting. */
  public CompletableFuture<Map<String, String>> envListAll() {
    return send(Operation.envListAll());
  }

  /** {@link GymClient#envInfo(String)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> envInfo(String instanceId) {
    return send(Operation.envInfo(instanceId));
  }

  /** {@link GymClient#envReset(String)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> envReset(String instanceId) {
    return send(Operation.envReset(instanceId, new ResetOptions()));
  }

  /** {@link GymClient#envReset(String, ResetOptions)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> envReset(
      String instanceId, ResetOptions options) {
    return send(Operation.envReset(instanceId, options));
  }

  /** {@link GymClient#envStep(String, Object)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> envStep(
      String instanceId, @Nullable Object action) {
    return send(Operation.envStep(instanceId, action, null));
  }

  /** {@link GymClient#envStep(String, Object, boolean)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> envStep(
      String instanceId, @Nullable Object action, boolean render) {
    return send(Operation.envStep(instanceId, action, render));
  }

  /** {@link GymClient#envRender(String)} without waiting. */
  public CompletableFuture<byte[]> envRender(String instanceId) {
    return send(Operation.envRender(instanceId));
  }

  /** {@link GymClient#envRenderFrame(String)} without waiting. */
  public CompletableFuture<NDArray> envRenderFrame(String instanceId) {
    return send(Operation.envRenderFrame(instanceId));
  }

  /** {@link GymClient#envActionSpaceInfo(String)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> envActionSpaceInfo(String instanceId) {
    return send(Operation.envActionSpaceInfo(instanceId));
  }

  /** {@link GymClient#envGetAttr(String, String)} without waiting. */
  public CompletableFuture<@Nullable Object> envGetAttr(String instanceId, String name) {
    return send(Operation.envGetAttr(instanceId, name, false));
  }

  /** {@link GymClient#envGetAttr(String, String, boolean)} without waiting. */
  public CompletableFuture<@Nullable Object> envGetAttr(
      String instanceId, String name, boolean call) {
    return send(Operation.envGetAttr(instanceId, name, call));
  }

  /** {@link GymClient#envActionSpaceSample(String)} without waiting. */
  public CompletableFuture<@Nullable Object> envActionSpaceSample(String instanceId) {
    return send(Operation.envActionSpaceSample(instanceId));
  }

  /** {@link GymClient#envActionSpaceContains(String, Object)} without waiting. */
  public CompletableFuture<Boolean> envActionSpaceContains(
      String instanceId, @Nullable Object value) {
    return send(Operation.envActionSpaceContains(instanceId, value));
  }

  /** {@link GymClient#envObservationSpaceInfo(String)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> envObservationSpaceInfo(
      String instanceId) {
    return send(Operation.envObservationSpaceInfo(instanceId));
  }

  /** {@link GymClient#envObservationSpaceContains(String, Object)} without waiting. */
  public CompletableFuture<Boolean> envObservationSpaceContains(
      String instanceId, @Nullable Object value) {
    return send(Operation.envObservationSpaceContains(instanceId, value));
  }

  /** {@link GymClient#envObservationSpaceMatches(String, Map)} without waiting. */
  public CompletableFuture<Boolean> envObservationSpaceMatches(
      String instanceId, Map<String, @Nullable Object> facts) {
    return send(Operation.envObservationSpaceMatches(instanceId, facts));
  }

  /** {@link GymClient#envMonitorStart(String, String, MonitorOptions)} without waiting. */
  public CompletableFuture<@Nullable Void> envMonitorStart(
      String instanceId, String directory, MonitorOptions options) {
    return send(Operation.envMonitorStart(instanceId, directory, options));
  }

  /** {@link GymClient#envMonitorClose(String)} without waiting. */
  public CompletableFuture<@Nullable Void> envMonitorClose(String instanceId) {
    return send(Operation.envMonitorClose(instanceId));
  }

  /** {@link GymClient#envClose(String)} without waiting. */
  public CompletableFuture<@Nullable Void> envClose(String instanceId) {
    return send(Operation.envClose(instanceId));
  }

  /** {@link GymClient#registryList()} without waiting. */
  public CompletableFuture<List<Map<String, @Nullable Object>>> registryList() {
    return send(Operation.registryList());
  }

  /** {@link GymClient#upload(String, String, String)} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> upload(
      String trainingDir, String apiKey, @Nullable String algorithmId) {
    return send(Operation.upload(trainingDir, apiKey, algorithmId));
  }

  /** {@link GymClient#scoreboardList(String, String)} without waiting. */
  public CompletableFuture<List<Map<String, @Nullable Object>>> scoreboardList(
      @Nullable String envId, @Nullable String algorithmId) {
    return send(Operation.scoreboardList(envId, algorithmId));
  }

  /** {@link GymClient#health()} without waiting. */
  public CompletableFuture<Map<String, @Nullable Object>> health() {
    return send(Operation.health());
  }

  /** {@link GymClient#openapi()} without waiting. */
  public CompletableFuture<String> openapi() {
    return send(Operation.openapi());
  }

  /** {@link GymClient#shutdown()} without waiting. */
  public CompletableFuture<@Nullable Void> shutdown() {
    return send(Operation.shutdown());
  }
}
