/** Environments on a gym-http-server as RL4J's {@link org.deeplearning4j.rl4j.mdp.MDP}. */
@NullMarked
package io.github.gymhttpapi.rl4j;

import org.jspecify.annotations.NullMarked;
