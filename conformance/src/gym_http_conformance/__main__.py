from gym_http_conformance.cli import main

main()
