/** Client of gym-http-server: reinforcement-learning environments over HTTP. */
module io.github.gymhttpapi {
  requires com.fasterxml.jackson.core;
  requires static org.jspecify;

  exports io.github.gymhttpapi;
  exports io.github.gymhttpapi.space;
}
