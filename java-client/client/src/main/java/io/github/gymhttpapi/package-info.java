/**
 * Client of gym-http-server: reinforcement-learning environments over HTTP.
 *
 * <p>{@link io.github.gymhttpapi.RemoteEnv} and {@link io.github.gymhttpapi.RemoteVectorEnv} are
 * the typed face, {@link io.github.gymhttpapi.GymClient} has one method for each operation of the
 * API. Every failure is a {@link io.github.gymhttpapi.GymException}.
 */
@NullMarked
package io.github.gymhttpapi;

import org.jspecify.annotations.NullMarked;
